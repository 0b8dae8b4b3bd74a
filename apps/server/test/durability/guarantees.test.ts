import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const PAGE = new URL('../../../../docs/guarantees.md', import.meta.url)

test('whatever docs/guarantees.md says that a promise is tried by is there', () => {
  const named = [...readFileSync(PAGE, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path as string)
  expect(named.filter((path) => path.includes('test')).length).toBeGreaterThan(20)
  expect(named.filter((path) => !existsSync(new URL(path, PAGE)))).toEqual([])
})
