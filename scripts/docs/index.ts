/** All generated documents: a new generator is a file here and a line in this list. */
import type { GeneratedDocument } from './document.ts'
import { errors } from './errors.ts'
import { packages } from './packages.ts'
import { specifications } from './specifications.ts'

export const DOCUMENTS: readonly GeneratedDocument[] = [packages, errors, specifications]
