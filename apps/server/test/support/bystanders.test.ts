import { expect, it } from 'vitest'
import { judge } from './bystanders.ts'

const BEARABLE = { of: 'p95', slower: 2, floor: 25 } as const
const report = (p95: number) => ({ exchanges: 100, median: p95 / 2, p95, slowest: p95 * 3 })

/** The p95 of the pair and of the control, in the calm and now. */
const judged =
  (usual: readonly [number, number], now: readonly [number, number], stretch = 1) =>
  () =>
    judge(
      {
        usual: { local: report(usual[0]), control: report(usual[1]) },
        now: { local: report(now[0]), control: report(now[1]) },
        control: 'control',
        stretch,
      },
      BEARABLE,
    )

it('who becomes slower than the control allows has been slowed down by the server', () => {
  expect(judged([20, 20], [41, 20])).toThrow('the local pair was slowed down: local pair p95 20.0 → 41.0 ms, ×2.05')
  expect(judged([20, 20], [90, 40])).toThrow('slowed down')
  expect(judged([3, 3], [26, 3])).toThrow('slowed down')
  expect(judged([20, 40], [41, 20])).toThrow('slowed down')
  expect(judged([20, 20], [Number.NaN, 20])).toThrow('slowed down')
})

it('what slows down the control too is the machine', () => {
  expect(judged([20, 20], [79, 40])()).toContain('control pair p95 20.0 → 40.0 ms, ×2.00')
  expect(judged([20, 20], [39, 20])()).toContain('local pair p95 20.0 → 39.0 ms, ×1.95, slowest 117 ms of 100')
  expect(judged([3, 3], [24, 3])()).toContain('local pair')
  expect(judged([3, 3], [49, 6])()).toContain('local pair')
})

it('the time in which others had the processor is not the server’s; work of its own is', () => {
  expect(judged([3, 3], [70, 3], 3)()).toContain('others had the processor: the server took ×3.00')
  expect(judged([3, 3], [80, 3], 3)).toThrow('slowed down')
  expect(judged([40, 3], [81, 3], 2)).toThrow('slowed down')
})
