/** What stands in for `vscode` in the units: vitest resolves the module to this one. */

import { createVSCodeMock } from 'jest-mock-vscode';
import { vi } from 'vitest';

const mock = createVSCodeMock(vi);

export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const { commands, EventEmitter, ProgressLocation, Range, Uri, window, workspace } = mock;
