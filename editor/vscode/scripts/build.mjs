// Bundles the extension into dist/ (and with --tests the tests into out/test/). Needs no network.
import { build } from 'esbuild';

const production = process.argv.includes('--production');
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  external: ['vscode'],
});
if (process.argv.includes('--tests')) {
  await build({
    ...common,
    entryPoints: {
      index: 'test/host/index.ts',
      host: 'test/run-host.ts',
      click: 'test/run-click.ts',
      browser: 'test/run-browser.ts',
    },
    outdir: 'out/test',
    external: ['vscode', 'mocha', 'playwright-core'],
  });
}
