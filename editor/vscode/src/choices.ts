/** Language and budget of a solve: asked when wanted, remembered for the workspace. */

import * as vscode from 'vscode';

const REMEMBERED = 'sstar.choices';

/** Keys of the section `solve` of the settings that are asked for here. */
export interface SolveOptions {
  samples?: number;
  rounds?: number;
  budget?: { calls?: number; tokens?: number; seconds?: number };
}

export interface Choices {
  /** Undefined: as the document and the settings say. */
  language?: string;
  options: SolveOptions;
}

const LANGUAGE_CHOICES = [
  {
    label: 'As the document',
    description: 'a statement: Python, or what the settings say',
    language: undefined,
  },
  { label: 'Python', language: 'python' },
  { label: 'C++', language: 'cpp' },
  { label: 'C', language: 'c' },
  { label: 'Java', language: 'java' },
  { label: 'Rust', language: 'rust' },
  { label: 'Go', language: 'go' },
  { label: 'JavaScript', language: 'javascript' },
];

const BUDGET_CHOICES: { label: string; description: string; options: SolveOptions }[] = [
  { label: 'As the settings say', description: '', options: {} },
  {
    label: 'Quick',
    description: '4 programs, 1 repair, two minutes at most',
    options: { samples: 4, rounds: 1, budget: { seconds: 120 } },
  },
  {
    label: 'Normal',
    description: '8 programs, 2 repairs, ten minutes at most',
    options: { samples: 8, rounds: 2, budget: { seconds: 600 } },
  },
  { label: 'Thorough', description: '16 programs, 3 repairs, no limit', options: { samples: 16, rounds: 3 } },
];

export function remembered(context: vscode.ExtensionContext): Choices {
  return context.workspaceState.get<Choices>(REMEMBERED, { options: {} });
}

/** Asks for both; undefined if the person went away. */
export async function ask(context: vscode.ExtensionContext): Promise<Choices | undefined> {
  const last = remembered(context);
  const lastFirst = <T>(items: T[], isLast: (item: T) => boolean) => [
    ...items.filter(isLast),
    ...items.filter((item) => !isLast(item)),
  ];
  const language = await vscode.window.showQuickPick(
    lastFirst(LANGUAGE_CHOICES, (item) => item.language === last.language),
    { title: 'Solve with S* (1/2): in which language?' },
  );
  if (!language) return undefined;
  const key = JSON.stringify(last.options);
  const budget = await vscode.window.showQuickPick(
    lastFirst(BUDGET_CHOICES, (item) => JSON.stringify(item.options) === key),
    { title: 'Solve with S* (2/2): how much work?' },
  );
  if (!budget) return undefined;
  const choices: Choices = {
    ...(language.language ? { language: language.language } : {}),
    options: budget.options,
  };
  await context.workspaceState.update(REMEMBERED, choices);
  return choices;
}
