import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Node.js itself loads the sources, as it does in production: what is measured and tested is what runs.
    experimental: { viteModuleRunner: false },
    execArgv: ['--conditions=@parlour/source'],
    include: [
      'scripts/**/*.test.ts',
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
    ],
    // Nothing here keeps state in modules, so files share a process: loading everything anew for each took half of the time.
    isolate: false,
    // By default one core is left idle, which on two cores doubles the time.
    maxWorkers: '100%',
    // A loaded machine is no fault of the code; what must be fast has a bench.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // These need servers and clients of others: `pnpm test:interop`.
    exclude: [...configDefaults.exclude, '**/test/interop/**'],
    benchmark: { include: ['packages/*/{src,bench}/**/*.bench.ts', 'apps/*/{src,bench}/**/*.bench.ts'] },
  },
})
