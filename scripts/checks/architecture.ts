/** The checks that read sources only, in the order they run. */
import { checkAmbient } from './ambient.ts'
import { checkCycles } from './cycles.ts'
import { checkDependencies } from './dependencies.ts'
import { checkLengths } from './lengths.ts'
import { checkManifests } from './manifests.ts'
import { checkTiers } from './tiers.ts'
import type { Check } from './workspace.ts'

export const ARCHITECTURE: Readonly<Record<string, Check>> = {
  'tier direction': checkTiers,
  'ambient I/O': checkAmbient,
  'import cycles': checkCycles,
  'declared dependencies, no deep imports': checkDependencies,
  'file and function length': checkLengths,
  'packages are complete': checkManifests,
}
