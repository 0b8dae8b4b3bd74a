import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@parlour/source'] },
  ssr: { resolve: { conditions: ['@parlour/source', 'node', 'import', 'default'] } },
  test: {
    include: [
      'scripts/**/*.test.ts',
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
    ],
    benchmark: {
      include: ['scripts/**/*.test.ts', 'packages/*/{src,bench}/**/*.bench.ts', 'apps/*/{src,bench}/**/*.bench.ts'],
    },
  },
})
