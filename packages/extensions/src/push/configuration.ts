import * as v from 'valibot'
import { PUSH_CONTENTS } from './content.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const time = (fallback: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), fallback)

export const pushConfiguration = v.strictObject({
  content: v.pipe(
    v.optional(v.picklist(PUSH_CONTENTS), 'count'),
    v.description('the most that notifications tell of accounts that allow it'),
  ),
  whenInactive: v.pipe(
    v.optional(v.boolean(), true),
    v.description('devices are notified also while they are connected and inactive (XEP-0352)'),
  ),
  rooms: v.pipe(v.optional(v.boolean(), true), v.description('messages of rooms are notified of')),
  maxServices: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 10),
    v.description('nodes of push services of one account'),
  ),
  interval: v.pipe(time(SECOND), v.description('milliseconds between two notifications to one node')),
  firstRetry: v.pipe(time(60 * SECOND), v.description('milliseconds until a service that failed is tried again')),
  longestRetry: v.pipe(time(6 * HOUR), v.description('milliseconds at most between two tries')),
  giveUp: v.pipe(time(7 * 24 * HOUR), v.description('milliseconds of failures after which a node is forgotten')),
})

export type PushConfiguration = v.InferOutput<typeof pushConfiguration>
