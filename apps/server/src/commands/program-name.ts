import type { LoadedConfiguration } from '../configuration/load.ts'
import type { ProgramNames } from '../terminal/start-text.ts'
import type { CommandContext } from './command.ts'

/** How the programs are called where this one was started: from a clone by a script of pnpm, or by their own names. */
export function programNames(context: CommandContext, loaded: LoadedConfiguration): ProgramNames {
  const { environment } = context
  const isScript = environment.npm_lifecycle_event !== undefined && environment.npm_package_name === 'parlour'
  return {
    ...(isScript
      ? { server: 'npx -y pnpm@12 parlour', client: 'npx -y pnpm@12 client' }
      : { server: 'parlour', client: 'parlour-client' }),
    options: optionsFor(context, loaded),
  }
}

/** A file of the current folder is found again by itself; an option or a variable of this process is not. */
function optionsFor({ values, environment }: CommandContext, { configuration, sourceOf }: LoadedConfiguration): string {
  const file = (values as { config?: string }).config ?? environment.PARLOUR_CONFIG
  const source = sourceOf('dataFolder') ?? ''
  const isElsewhere = source.startsWith('--') || source.startsWith('PARLOUR_')
  return `${file ? ` --config ${file}` : ''}${isElsewhere ? ` --data-folder ${configuration.dataFolder}` : ''}`
}
