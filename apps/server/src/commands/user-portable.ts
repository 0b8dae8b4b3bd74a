import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { Administration } from '../administration/connect.ts'
import { Progress } from '../terminal/progress.ts'
import { administer } from './administered.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS } from './configured.ts'
import { readPortableFiles } from './portable-files.ts'
import { sendDocument } from './send-document.ts'

export const IMPORT_OPTIONS = {
  'dry-run': { type: 'boolean' },
  replace: { type: 'boolean' },
  ...CONFIGURATION_OPTIONS,
} as const

export const IMPORT_OPTION_HELP = {
  'dry-run': 'changes nothing, and shows what would be changed',
  replace: 'what is there already and differs is replaced; without it, it is kept',
  ...CONFIGURATION_OPTION_HELP,
}

const userExport: Command = {
  name: 'user export',
  summary: 'writes all that is held of an account to a file (XEP-0227), also while the server runs',
  usage: '<address>',
  options: { output: { type: 'string', short: 'o' }, ...CONFIGURATION_OPTIONS },
  optionHelp: {
    output: 'the file, which only you may read; without it, the address with .xml; - for standard output',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: [
    'parlour user export alice@localhost',
    'parlour user export alice@localhost --output alice.xml',
    'parlour user export alice@localhost --output - | gpg --encrypt --recipient alice > alice.xml.gpg',
  ],
  async run(context) {
    const [address] = context.positionals
    if (address === undefined) throw new UsageError('which account? Give its address, such as alice@localhost')
    const output = (context.values.output as string | undefined) ?? `${address.replace(/[/\\]/g, '_')}.xml`
    await using administration = await administer(context)
    const { id } = await administration.run('user.export', { address })
    if (output === '-') await pieces(administration, id, (text) => writeOut(context, text))
    else await writeFile(context, administration, id, output)
    if (output !== '-')
      context.print(`${address} was written to ${output}, with what is enough to check its password: keep it safe.`)
    return EXIT.ok
  },
}

const userImport: Command = {
  name: 'user import',
  summary: 'takes accounts over from a file (XEP-0227) that this or another server has written',
  usage: '<file>',
  options: IMPORT_OPTIONS,
  optionHelp: IMPORT_OPTION_HELP,
  examples: [
    'parlour user import alice.xml --dry-run',
    'parlour user import alice.xml',
    'parlour user import alice.xml --replace',
  ],
  async run(context) {
    const [file] = context.positionals
    if (file === undefined) throw new UsageError('which file? parlour user export writes one')
    return importInto(context, () => readPortableFiles(file))
  },
}

/** Takes a document over by the options of an import. @returns the exit code */
export async function importInto(
  context: CommandContext,
  read: () => Parameters<typeof sendDocument>[2],
): Promise<number> {
  await using administration = await administer(context)
  const mode = { isTrial: context.values['dry-run'] === true, replaces: context.values.replace === true }
  // Not before it is done may the administration be disposed.
  return await sendDocument(context, administration, read(), mode)
}

export const portableCommands: readonly Command[] = [userExport, userImport]

/** Under another name until it is whole, so that a file of this name is never half of one. */
async function writeFile(
  context: CommandContext,
  administration: Administration,
  id: number,
  output: string,
): Promise<void> {
  const part = `${output}.part`
  const file = await begin(part)
  const progress = new Progress(context)
  let written = 0
  try {
    await pieces(administration, id, async (text) => {
      // Until all is written, or not: a disk that is full takes a part at first.
      await file.appendFile(text)
      written += Buffer.byteLength(text)
      progress.show(() => `${(written / 1e6).toFixed(1)} MB written to ${part}`)
    })
    progress.end()
    await file.sync()
    await file.close()
    await rename(part, output)
  } catch (error) {
    await file.close()
    await rm(part, { force: true })
    throw error
  }
}

async function begin(part: string): Promise<FileHandle> {
  try {
    return await open(part, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const text = `${part} is there: another export is under way, or one was broken off. Remove it if none is, or choose another --output`
    throw new Error(text, { cause: error })
  }
}

async function pieces(administration: Administration, id: number, write: (text: string) => Promise<void>) {
  for (let isLast = false; !isLast; ) {
    const piece = await administration.run('export.read', { id })
    await write(piece.text)
    isLast = piece.isLast
  }
}

function writeOut({ output }: CommandContext, text: string): Promise<void> {
  return new Promise((resolve, reject) => output.write(text, (error) => (error ? reject(error) : resolve())))
}
