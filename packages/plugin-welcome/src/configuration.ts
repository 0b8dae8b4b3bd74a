import { isJid } from '@parlour/jid'
import * as v from 'valibot'

/** The section `modules.welcome` of the configuration. */
export const configuration = v.strictObject({
  text: v.pipe(
    v.optional(v.pipe(v.string(), v.nonEmpty()), 'Welcome to {domain}, {name}!'),
    v.description('what a new account is sent; {name} and {domain} are filled in'),
  ),
  administrators: v.pipe(
    v.optional(v.array(v.pipe(v.string(), v.check(isJid, 'is no address'))), []),
    v.description('addresses of those who may change the notice'),
    v.metadata({ example: ['alice@example.org'] }),
  ),
})

/** What the configuration is read to. */
export type WelcomeConfiguration = v.InferOutput<typeof configuration>
