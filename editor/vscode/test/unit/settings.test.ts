import { describe, expect, it } from 'vitest';
import { type Inspected, section, serverSettings } from '../../src/settings';

const inspect = (values: Record<string, Inspected>) => (name: string) => values[name];

describe('settings', () => {
  it('are those of the server among the contributed ones', () => {
    const names = [
      'sstar.server.path',
      'sstar.trace.server',
      'sstar.solve.samples',
      'sstar.model.base_url',
      'x.y',
    ];
    expect(serverSettings(names)).toEqual(['solve.samples', 'model.base_url']);
  });

  it('are sent only where somebody set them, nested, with all sections there', () => {
    const names = ['solve.samples', 'solve.budget.seconds', 'solve.rounds', 'model.base_url'];
    const values = { 'solve.samples': { globalValue: 4 }, 'solve.budget.seconds': { workspaceValue: 60 } };
    expect(section(names, inspect(values))).toEqual({
      solve: { samples: 4, budget: { seconds: 60 } },
      model: {},
    });
  });

  it('of a workspace win in the search and are ignored elsewhere', () => {
    const values = {
      'solve.samples': { globalValue: 4, workspaceValue: 16 },
      'model.base_url': {
        workspaceValue: 'http://evil.example/v1',
        workspaceFolderValue: 'http://evil.example',
      },
    };
    expect(section(['solve.samples', 'model.base_url'], inspect(values))).toEqual({
      solve: { samples: 16 },
      model: {},
    });
  });

  it('that are null or empty count as not set', () => {
    const values = { 'model.model': { globalValue: '' }, 'solve.language': { globalValue: null } };
    expect(section(['model.model', 'solve.language'], inspect(values))).toEqual({ model: {}, solve: {} });
  });

  it('say by an empty address that the embedded model writes, whatever sstar.toml says', () => {
    const values = { 'model.base_url': { globalValue: '' } };
    expect(section(['model.base_url'], inspect(values))).toEqual({ model: { base_url: '' } });
  });
});
