import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
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
  search: v.pipe(v.optional(v.boolean(), true), v.description('whether messages can be found by words (XEP-0431)')),
  maxAgeDays: v.pipe(
    v.optional(count, 365),
    v.description('days after which messages are removed from archives; 0: never'),
  ),
  maxBytes: v.pipe(
    v.optional(count, 1_073_741_824),
    v.description('size of the archive of one account, beyond which its oldest messages are removed; 0: any'),
  ),
})

export type ArchiveConfiguration = v.InferOutput<typeof configuration>
