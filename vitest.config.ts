import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@parlour/source'] },
  ssr: { resolve: { conditions: ['@parlour/source', 'node', 'import', 'default'] } },
  test: {
    include: [
      'scripts/**/*.test.ts',
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
    ],
    // These need servers and clients of others: `pnpm test:interop`.
    exclude: [...configDefaults.exclude, '**/test/interop/**'],
    benchmark: { include: ['packages/*/{src,bench}/**/*.bench.ts', 'apps/*/{src,bench}/**/*.bench.ts'] },
  },
})
