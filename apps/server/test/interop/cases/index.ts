import { ACCESS } from './access.ts'
import { ARCHIVE } from './archive.ts'
import type { Case } from './case.ts'
import { DEVICES } from './devices.ts'
import { CARBONS, MESSAGES } from './messages.ts'
import { REQUESTS } from './requests.ts'
import { ROSTER } from './roster.ts'
import { RETURNING, SIGN_IN } from './sign-in.ts'
import { STREAM_MANAGEMENT } from './stream-management.ts'

export type { Case }
export { ACCESS, ARCHIVE, CARBONS, DEVICES, REQUESTS, RETURNING, ROSTER, STREAM_MANAGEMENT }

/** All of them, in the order in which they run. */
export const CASES: readonly Case[] = [
  ...SIGN_IN,
  ...MESSAGES,
  ...STREAM_MANAGEMENT,
  ...RETURNING,
  ...CARBONS,
  ...ARCHIVE,
  ...DEVICES,
  ...ACCESS,
  ...ROSTER,
  ...REQUESTS,
]
