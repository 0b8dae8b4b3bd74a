import type { GenericSchema } from 'valibot'
import { variableOf } from './environment.ts'
import { ConfigurationSchema } from './schema.ts'
import { coreOf, entriesOf, type Setting, settingsOf } from './settings.ts'

/** A module whose settings are to be told. */
export interface DescribedModule {
  readonly name: string
  readonly schema: GenericSchema | undefined
}

/** All settings as Markdown: those of the server, then those of the modules. */
export function referenceText(modules: readonly DescribedModule[]): string {
  const all = settingsOf(ConfigurationSchema)
  const sections = [...new Set(all.map(({ path }) => path.slice(0, -1).join('.')))].sort((a, b) =>
    a === '' ? -1 : b === '' ? 1 : 0,
  )
  return [
    ...sections.flatMap((section) =>
      sectionText(
        section,
        all.filter(({ path }) => path.slice(0, -1).join('.') === section),
      ),
    ),
    ...modules.flatMap(moduleText),
  ].join('\n')
}

function sectionText(section: string, settings: readonly Setting[]): string[] {
  const rows = settings.flatMap((setting) => [row(setting, variableOf(setting.path)), ...rowsWithin(setting)])
  return [
    `## ${section === '' ? 'Top level' : `\`${section}\``}`,
    '',
    ...tableOf(['Setting', 'What it does', 'Takes', 'Default', 'Example', 'Environment'], rows),
    '',
  ]
}

/** The keys of the objects in a list, such as those of `certificates`. */
function rowsWithin({ path, schema }: Setting): string[][] {
  return itemsOf(schema).flatMap((item) => settingsOf(item, [`${path.join('.')}[]`]).map((setting) => row(setting, '')))
}

type Nested = { readonly item?: GenericSchema; readonly options?: readonly GenericSchema[] }

function itemsOf(schema: GenericSchema): GenericSchema[] {
  const { item, options = [] } = coreOf(schema) as unknown as Nested
  if (item) return entriesOf(item) ? [item] : []
  return options.flatMap((option) => (typeof option === 'object' ? itemsOf(option) : []))
}

function moduleText({ name, schema }: DescribedModule): string[] {
  const settings = schema ? settingsOf(schema, ['modules', name]).filter(({ path }) => path.length > 2) : []
  if (settings.length === 0) return []
  const rows = settings.map((setting) => row(setting, ''))
  return [
    `## \`modules.${name}\``,
    '',
    ...tableOf(
      ['Setting', 'What it does', 'Takes', 'Default', 'Example'],
      rows.map((cells) => cells.slice(0, 5)),
    ),
    '',
  ]
}

function row({ path, description, takes, example, isRequired, ...setting }: Setting, variable: string): string[] {
  const fallback =
    setting.default === undefined ? (isRequired ? 'required' : '') : code(JSON.stringify(setting.default))
  return [
    code(path.join('.')),
    description,
    takes,
    fallback,
    example === undefined ? '' : code(JSON.stringify(example)),
    variable && code(variable),
  ]
}

const code = (text: string): string => `\`${text}\``

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
