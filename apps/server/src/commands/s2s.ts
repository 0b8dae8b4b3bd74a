import type { LinkReport } from '@parlour/server-core'
import type { LinkPage } from '../federation/walk-step.ts'
import { DEFAULT_WALK_SECONDS, MAX_WALK_SECONDS } from '../federation/walk-step.ts'
import { linkLines, linksSummary, noLinksText } from '../terminal/links-text.ts'
import { printableJson } from '../terminal/printable.ts'
import { WalkText } from '../terminal/walk-text.ts'
import { requireServer } from './administered.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS } from './configured.ts'

const s2s: Command = {
  name: 's2s',
  summary: 'lists the links with servers of other domains',
  usage: '[domain]',
  options: { json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: { json: 'one JSON object a line', ...CONFIGURATION_OPTION_HELP },
  examples: ['parlour s2s', 'parlour s2s example.org', 'parlour s2s --json'],
  async run(context) {
    const [domain] = context.positionals
    await using administration = await requireServer(context)
    const links: LinkReport[] = []
    let page: LinkPage
    do {
      page = await administration.run('s2s.list', { after: links.length, ...(domain !== undefined && { domain }) })
      links.push(...page.links)
    } while (page.links.length > 0 && links.length < page.total)
    show(context, links, page, domain)
    return EXIT.ok
  },
}

function show({ print, values }: CommandContext, links: readonly LinkReport[], page: LinkPage, domain?: string): void {
  if (values.json) {
    for (const link of links) print(printableJson(link))
    return
  }
  const now = Date.now()
  const lines =
    links.length === 0
      ? noLinksText(page, domain)
      : [...links.flatMap((link) => linkLines(link, now)), ...linksSummary(links)]
  for (const line of lines) print(line)
}

const s2sTest: Command = {
  name: 's2s test',
  summary: 'walks to the server of another domain and tells what works',
  usage: '<domain>',
  options: {
    from: { type: 'string' },
    timeout: { type: 'string' },
    json: { type: 'boolean' },
    ...CONFIGURATION_OPTIONS,
  },
  optionHelp: {
    from: 'the domain of ours that asks; without it the first one',
    timeout: `seconds after which it is given up, at most ${MAX_WALK_SECONDS}; without it ${DEFAULT_WALK_SECONDS}`,
    json: 'one JSON object a line, one for each step',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: [
    'parlour s2s test example.org',
    'parlour s2s test example.org --from example.com --timeout 10',
    'parlour s2s test example.org --json',
  ],
  async run(context) {
    const [domain] = context.positionals
    if (domain === undefined) throw new UsageError('which domain? Give one, such as example.org')
    const { values, print } = context
    const text = new WalkText(Date.now())
    await using administration = await requireServer(context)
    const { works } = await administration.run('s2s.test', walkOf(context, domain), (step) => {
      for (const line of values.json ? [printableJson(step)] : text.lines(step)) print(line)
    })
    return works ? EXIT.ok : EXIT.failed
  },
}

function walkOf({ values }: CommandContext, domain: string) {
  const { from, timeout } = values as { from?: string; timeout?: string }
  const seconds = timeout === undefined ? undefined : Number(timeout)
  if (seconds !== undefined && !(seconds >= 0.1 && seconds <= MAX_WALK_SECONDS))
    throw new UsageError(`--timeout takes seconds, from 0.1 to ${MAX_WALK_SECONDS}`)
  return { domain, ...(from !== undefined && { from }), ...(seconds !== undefined && { seconds }) }
}

export const serverCommands: readonly Command[] = [s2s, s2sTest]
