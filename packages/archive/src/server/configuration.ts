import * as v from 'valibot'

const positive = v.pipe(v.number(), v.integer(), v.minValue(1))

/** The section `archive` of the configuration. */
export const configuration = v.strictObject({
  default: v.pipe(
    v.optional(v.picklist(['always', 'never', 'roster']), 'always'),
    v.description('what is archived for accounts that have not chosen: always, never, or roster (with contacts only)'),
  ),
  pageSize: v.pipe(v.optional(positive, 50), v.description('messages in a page when the client does not say how many')),
  maxPageSize: v.pipe(
    v.optional(v.pipe(positive, v.maxValue(500)), 250),
    v.description('messages in a page, whatever the client asks for'),
  ),
})

export type ArchiveConfiguration = v.InferOutput<typeof configuration>
