/** All generated documents: a new generator is a file here and a line in this list. */
import { configuration } from './configuration.ts'
import type { GeneratedDocument } from './document.ts'
import { errors } from './errors.ts'
import { hooks } from './hooks.ts'
import { packages } from './packages.ts'
import { specifications } from './specifications.ts'

export const DOCUMENTS: readonly GeneratedDocument[] = [configuration, hooks, packages, errors, specifications]
