import { describe, expect, it } from 'vitest';
import { originOf } from '../../src/keys';
import { fetchedPart, gigabytes, modelItems } from '../../src/model';
import { beliefPicture, illustrated } from '../../src/picture';
import type { Moment } from '../../src/protocol';
import { refusedBy } from '../../src/runs';
import { findingsMarkdown } from '../../src/setup';

describe('origins of keys', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com:443'],
    ['http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000'],
    ['http://box/', 'http://box:80'],
    ['api.openai.com', null],
    ['file:///etc/passwd', null],
  ])('%s is %s', (url, origin) => {
    expect(originOf(url)).toBe(origin);
  });
});

describe('models to choose from', () => {
  it('are embedded ones, those of found servers, presets of keys that are there, and any address', () => {
    const items = modelItems({
      embedded: [{ name: '0.5b', bytes: 491400064, here: true }],
      servers: [
        {
          name: 'ollama',
          title: 'Ollama',
          baseUrl: 'http://127.0.0.1:11434/v1',
          models: ['coder:7b', 'llama'],
        },
      ],
      keys: [
        {
          name: 'groq',
          title: 'Groq',
          baseUrl: 'https://api.groq.com/openai/v1',
          variable: 'GROQ_API_KEY',
          models: [{ name: 'gpt-oss', contextTokens: 131072, price: '$1 in' }],
        },
      ],
    });
    expect(items.map((one) => one.setting).filter(Boolean)).toEqual([
      { baseUrl: '', model: '0.5b' },
      { baseUrl: 'http://127.0.0.1:11434/v1', model: 'coder:7b' },
      { baseUrl: 'http://127.0.0.1:11434/v1', model: 'llama' },
      { baseUrl: 'https://api.groq.com/openai/v1', model: 'gpt-oss' },
    ]);
    expect(items.map((one) => one.label)).toContain('$(globe) Any address…');
    expect(items.find((one) => one.detail)).toMatchObject({
      detail: '$1 in',
      description: 'Groq, key in GROQ_API_KEY',
    });
  });

  it('are the embedded ones and any address where nothing was found', () => {
    const items = modelItems({
      embedded: [{ name: '1.5b', bytes: 1117320768, here: false }],
      servers: [],
      keys: [],
    });
    expect(items.filter((one) => one.kind === undefined).map((one) => one.label)).toEqual([
      '$(device-desktop) Embedded, 1.5B',
      '$(globe) Any address…',
    ]);
  });

  it('have sizes that a person reads', () => {
    expect(gigabytes(1117320768)).toBe('1.1 GB');
    expect(gigabytes(491400064)).toBe('0.5 GB');
  });

  it('reads how far a download is', () => {
    expect(fetchedPart('qwen ━━━━ 245.7/491.4 MB 12 MB/s 0:00:20')).toEqual({
      percent: 50,
      text: '245.7 of 491.4 MB',
    });
    expect(fetchedPart('checking')).toBeNull();
  });
});

describe('the picture of belief', () => {
  const moments = (...beliefs: Record<string, number>[]): Moment[] =>
    beliefs.map((one, at) => ({
      after: at === 0 ? 'start' : 'duel',
      inputId: at === 0 ? null : `i${at}`,
      beliefs: one,
    }));

  it('has a line for each cluster, and says what each moment was', () => {
    const svg = beliefPicture(moments({ A: 0.5, B: 0.5 }, { A: 0.9, B: 0.1 }));
    expect(svg?.match(/<polyline/g)).toHaveLength(2);
    expect(svg).toContain('A 90%');
    expect(svg).toContain('judge i1');
  });

  it('is none for one moment', () => {
    expect(beliefPicture(moments({ A: 1 }))).toBeNull();
    expect(beliefPicture([])).toBeNull();
  });

  it('draws the most believed clusters only, and their names apart', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`K${n}`, n === 4 ? 0.6 : 0.05]));
    const svg = beliefPicture(moments(many, many))!;
    expect(svg.match(/<polyline/g)).toHaveLength(5);
    expect(svg).toContain('K4 60%');
    const heights = [...svg.matchAll(/ y="([\d.]+)"[^>]*text-anchor="start">K/g)].map((found) =>
      Number(found[1]),
    );
    expect(new Set(heights.map(Math.round)).size).toBe(5);
  });

  it('escapes names, and goes before the first section of the page', () => {
    const svg = beliefPicture(moments({ '<b>': 0 }, { '<b>': 1 }))!;
    expect(svg).not.toContain('<b>');
    const page = illustrated('# T\n\nwhy\n\n## Next\n', svg);
    expect(page.indexOf('![Belief')).toBeLessThan(page.indexOf('## Next'));
    expect(illustrated('# T', null)).toBe('# T');
  });
});

describe('errors of the server', () => {
  it('offer what can be done', () => {
    const error = (data: object) =>
      refusedBy(Object.assign(new Error('why'), { data })) as Error & { remedies: { command: string }[] };
    expect(error({ kind: 'ModelUnreachable', exitCode: 4 }).remedies[0]!.command).toBe('sstar.chooseModel');
    expect(error({ kind: 'SandboxError', exitCode: 5 }).remedies[0]!.command).toBe('sstar.checkSetup');
    expect(error({ kind: 'ContestError', exitCode: 3, contest: 'c/1' }).remedies[0]!.command).toBe(
      'sstar.practice',
    );
    expect(error({ kind: 'ProblemError', exitCode: 3 }).remedies).toEqual([]);
  });

  it('that mean that it is gone say so', () => {
    const gone = refusedBy(new Error('Pending response rejected since connection got disposed'));
    expect(gone.message).toContain('The S* server stopped');
  });

  it('that are not ours stay what they are', () => {
    const error = new Error('broken pipe');
    expect(refusedBy(error)).toBe(error);
  });
});

it('the set-up page marks what is missing and what to do', () => {
  const text = findingsMarkdown({
    can_solve: false,
    findings: [
      { name: 'sandbox', ok: false, detail: 'none | at all', what_to_do: 'install bubblewrap', needed: true },
      { name: 'weights', ok: false, detail: 'not here', needed: false },
    ],
  });
  expect(text).toContain('| ✗ | sandbox | none \\| at all | **install bubblewrap** |');
  expect(text).toContain('| – | weights |');
  expect(text).toContain('Not ready');
});
