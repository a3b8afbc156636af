/** What `package.json` promises is there. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = resolve(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(resolve(FOLDER, 'package.json'), 'utf8'));
const contributes = manifest.contributes;
const commands = new Set<string>(contributes.commands.map((one: { command: string }) => one.command));

describe('package.json', () => {
  it('activates for kinds of documents, never for everything', () => {
    expect(manifest.activationEvents.length).toBeGreaterThan(0);
    for (const event of manifest.activationEvents) expect(event).toMatch(/^onLanguage:[a-z]+$/);
  });

  it('names only commands that it contributes, in menus, keys and the walkthrough', () => {
    const menus = Object.values<{ command: string }[]>(contributes.menus).flat();
    const named = [...menus, ...contributes.keybindings].map((one: { command: string }) => one.command);
    const steps = contributes.walkthroughs.flatMap(
      (walkthrough: { steps: { description: string; completionEvents: string[] }[] }) => walkthrough.steps,
    );
    for (const step of steps) {
      named.push(...[...step.description.matchAll(/\(command:([\w.]+)\)/g)].map((found) => found[1]!));
      named.push(
        ...step.completionEvents.flatMap((event: string) => /^onCommand:(.*)/.exec(event)?.[1] ?? []),
      );
    }
    expect(named.filter((name) => !commands.has(name))).toEqual([]);
  });

  it('has a walkthrough of three steps, each with its page and with events that can come true', () => {
    const { steps } = contributes.walkthroughs[0];
    const settings = Object.assign(
      {},
      ...contributes.configuration.map((part: { properties: object }) => part.properties),
    );
    const sources = readdirSync(resolve(FOLDER, 'src')).map((name) =>
      readFileSync(resolve(FOLDER, 'src', name), 'utf8'),
    );
    const known: Record<string, (name: string) => boolean> = {
      onCommand: (name) => commands.has(name),
      onSettingChanged: (name) => name in settings,
      onContext: (name) => sources.some((source) => source.includes(`'setContext', '${name}'`)),
    };
    expect(steps).toHaveLength(3);
    for (const step of steps) {
      expect(existsSync(resolve(FOLDER, step.media.markdown)), step.id).toBe(true);
      for (const event of step.completionEvents) {
        const [kind, name] = event.split(':');
        expect(known[kind]?.(name), event).toBe(true);
      }
    }
  });

  it('has a square icon that is large enough, categories and keywords', () => {
    const icon = readFileSync(resolve(FOLDER, manifest.icon));
    const [width, height] = [icon.readUInt32BE(16), icon.readUInt32BE(20)];
    expect(width).toBe(height);
    expect(width).toBeGreaterThanOrEqual(128);
    expect(manifest.categories.length).toBeGreaterThan(0);
    expect(manifest.keywords.length).toBeGreaterThan(0);
  });

  it('lets no workspace name a program, a server or a sandbox', () => {
    const properties: Record<string, { scope: string }> = Object.assign(
      {},
      ...contributes.configuration.map((part: { properties: object }) => part.properties),
    );
    // A checker is a comparator or a file of the folder itself, and runs in the sandbox only.
    for (const [name, { scope }] of Object.entries(properties))
      if (!/^sstar\.(solve|trace|problem)\./.test(name)) expect(scope, name).toBe('machine');
    for (const cap of ['samples', 'rounds', 'max_tokens', 'inputs', 'budget.tokens', 'budget.money'])
      expect(properties[`sstar.solve.${cap}`]!.scope, cap).toBe('machine');
  });

  it('has pictures for its README', () => {
    const readme = readFileSync(resolve(FOLDER, 'README.md'), 'utf8');
    const pictures = [...readme.matchAll(/!\[[^\]]*\]\((\S+?)\)/g)].map((found) => found[1]!);
    expect(pictures.length).toBeGreaterThan(0);
    for (const picture of pictures) expect(existsSync(resolve(FOLDER, picture)), picture).toBe(true);
  });
});
