/**
 * The kill test with one server: `node --conditions=@parlour/source apps/server/test/durability/kill-table.ts
 * Parlour|Prosody|ejabberd [kills] [seed]`; prints what became of the messages.
 */
import { runKillTrial } from './kill-trial.ts'
import { createKilledParlour } from './killed-parlour.ts'
import { createKilledPeer } from './killed-peer.ts'
import { ejabberd, prosody } from './killed-programs.ts'

const SERVERS = {
  Parlour: createKilledParlour,
  Prosody: () => createKilledPeer(prosody),
  ejabberd: () => createKilledPeer(ejabberd),
}

const [name = 'Parlour', kills = '50', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
const create = SERVERS[name as keyof typeof SERVERS]
if (create === undefined) throw new Error(`one of ${Object.keys(SERVERS)}, not ${name}`)
await using server = await create()
const report = await runKillTrial(server, { kills: Number(kills), seed: Number(seed), between: [150, 900] })
console.log(JSON.stringify({ server: server.name, seed: Number(seed), ...report }, null, 2))
