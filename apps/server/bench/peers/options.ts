import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** How much is measured. */
export interface Extent {
  /** Runs of each row, of which the median counts. */
  readonly runs: number
  /** Seconds of each measured window. */
  readonly seconds: number
  readonly accounts: number
  /** Sign-ins measured by the `login` row. */
  readonly signIns: number
  /** Sign-ins after which a server is called aged; 0 leaves those rows out. */
  readonly ageing: number
  /** Idle sessions beside those that chat; 0 leaves the row out. */
  readonly background: number
  /** Idle sessions whose memory is measured. */
  readonly idle: number
}

export interface Options extends Extent {
  readonly lab: string
  /** Folder whose accounts and builds are used again; a temporary one without it. */
  readonly keep: string | undefined
  readonly out: string
  readonly rows: readonly string[]
}

const FULL: Extent = {
  runs: 3,
  seconds: 5,
  accounts: 10_000,
  signIns: 500,
  ageing: 10_000,
  background: 5_000,
  idle: 10_000,
}
const QUICK: Extent = { runs: 1, seconds: 2, accounts: 400, signIns: 200, ageing: 0, background: 0, idle: 400 }

const HELP = `Measures Parlour beside tuned Prosody and ejabberd, in one run.

  pnpm bench:peers [--quick] [--rows chat-64-tls,ping] [--runs 3] [--seconds 5] [--accounts 10000]
                   [--lab FOLDER] [--keep FOLDER] [--out FOLDER]

  --lab      the load generator (or PARLOUR_LOAD_LAB); ../shared/perf beside the repository without it
  --keep     folder whose accounts are used again by the next run; a temporary folder without it
  --out      where peers.json and peers.md are written; bench-results in the repository without it
  --rows     only these rows
  --accounts no more accounts than this; rows that need more are left out
  --quick    three minutes: one run of two seconds each, no aged servers, 400 idle sessions`

/** Reads the command line. @throws TypeError for options that do not exist */
export function readOptions(root: string, args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      ...{ lab: text, keep: text, out: text, rows: text, runs: text, seconds: text, accounts: text },
      ...{ quick: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  })
  if (values.help) {
    console.log(HELP)
    return undefined
  }
  const extent = values.quick ? QUICK : FULL
  return {
    ...extent,
    runs: Number(values.runs ?? extent.runs),
    seconds: Number(values.seconds ?? extent.seconds),
    accounts: Number(values.accounts ?? extent.accounts),
    lab: resolve(values.lab ?? process.env.PARLOUR_LOAD_LAB ?? resolve(root, '../shared/perf')),
    keep: values.keep === undefined ? undefined : resolve(values.keep),
    out: resolve(values.out ?? resolve(root, 'bench-results')),
    rows: values.rows?.split(',') ?? [],
  }
}
