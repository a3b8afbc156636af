import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    testTimeout: 60_000, // a machine that is busy with other things may be slow
    alias: { vscode: fileURLToPath(new URL('./test/unit/vscode.ts', import.meta.url)) },
  },
});
