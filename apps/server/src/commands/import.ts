import { readEjabberdFiles } from '../migration/ejabberd-files.ts'
import { readProsody } from '../migration/prosody-source.ts'
import { type Command, UsageError } from './command.ts'
import { IMPORT_OPTION_HELP, IMPORT_OPTIONS, importInto } from './user-portable.ts'

const importProsody: Command = {
  name: 'import prosody',
  summary: 'takes accounts over from what Prosody keeps in files or in SQLite, best while it does not run',
  usage: '<folder or database>',
  options: IMPORT_OPTIONS,
  optionHelp: IMPORT_OPTION_HELP,
  examples: [
    'parlour import prosody /var/lib/prosody --dry-run',
    'parlour import prosody /var/lib/prosody',
    'parlour import prosody /var/lib/prosody/another.sqlite',
  ],
  async run(context) {
    const [path] = context.positionals
    if (path === undefined) throw new UsageError('which folder? Mostly it is /var/lib/prosody')
    return importInto(context, () => readProsody(path))
  },
}

const importEjabberd: Command = {
  name: 'import ejabberd',
  summary: 'takes accounts over from what ejabberdctl export_piefxis has written, and their archives of messages',
  usage: '<file>',
  options: { archive: { type: 'string' }, ...IMPORT_OPTIONS },
  optionHelp: {
    archive: "what ejabberdctl dump has written, or ejabberd's SQLite database; without it, no archives are taken over",
    ...IMPORT_OPTION_HELP,
  },
  examples: [
    'ejabberdctl export_piefxis /var/tmp/export',
    'ejabberdctl dump /var/tmp/export/archive',
    'parlour import ejabberd /var/tmp/export/20261122-233000.xml --archive /var/tmp/export/archive --dry-run',
    'parlour import ejabberd /var/tmp/export/20261122-233000.xml --archive /var/tmp/export/archive',
  ],
  async run(context) {
    const [file] = context.positionals
    if (file === undefined) throw new UsageError('which file? The one that includes those of the hosts')
    const archive = context.values.archive as string | undefined
    return importInto(context, () => readEjabberdFiles(file, archive))
  },
}

export const importCommands: readonly Command[] = [importProsody, importEjabberd]
