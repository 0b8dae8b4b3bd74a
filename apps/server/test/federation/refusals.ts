import assert from 'node:assert/strict'
import type { Case } from './case.ts'
import type { KindName } from './kinds.ts'
import type { Client, Side } from './side.ts'

/** Sends to an account that must get nothing; gives the text of the error. */
async function refused(from: Client, to: Client, toAddress: string, own: Side, kind: KindName, text: string) {
  await from.send(toAddress, text)
  const error = await from.messageError((each) => each.from === toAddress, 30_000)
  await to.ping(own.domain(kind))
  assert.ok(!to.transcript().includes(text), 'nothing was delivered')
  return error
}

/** Parlour neither sends to a domain of this kind, nor takes anything from it. */
const untrusted = (kind: KindName, what: string, reason: RegExp, needs?: Case['needs']): Case => ({
  ...(needs && { needs }),
  name: what,
  kinds: [kind],
  async run(scene) {
    const { here, there } = scene
    const [ours, theirs] = scene.isForward ? [here, there] : [there, here]
    const [us, them] = await Promise.all([ours.client('trusted'), theirs.client(kind)])
    const text = scene.text('never to be seen')
    if (!scene.isForward) {
      const error = await refused(them, us, ours.address('trusted'), ours, 'trusted', text)
      return `the sender is told ${error.condition}`
    }
    const error = await refused(us, them, theirs.address(kind), theirs, kind, text)
    assert.equal(error.condition, 'remote-server-timeout')
    assert.match(error.text, reason)
    return error.text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
  },
})

/** Who is not who it says, or whom nobody can hear unheard. */
export const REFUSALS: readonly Case[] = [
  untrusted('stranger', 'a certificate of an unknown authority', /authority|issuer|chain|trust/i),
  untrusted('expired', 'an expired certificate', /expired/i),
  untrusted('misnamed', 'a certificate of another domain', /misnamed\.[a-z-]+\.example/),
  untrusted('plain', 'no TLS offered', /TLS/, 'withoutTls'),
  {
    name: 'STARTTLS taken out of the features on the way',
    kinds: ['stripped'],
    async run(scene) {
      const { here, there, kind } = scene
      const [from, to] = await Promise.all([here.client(kind), there.client(kind)])
      const gate = there.server.site.gate
      gate.stripsStarttls = true
      try {
        const error = await refused(from, to, there.address(kind), there, kind, scene.text('never to be seen'))
        if (scene.isForward) assert.match(error.text, /TLS/)
        return `${error.condition}: ${error.text}`
      } finally {
        gate.stripsStarttls = false
      }
    },
  },
  {
    name: 'a domain that does not exist',
    kinds: ['trusted'],
    forwardOnly: true,
    async run({ here, kind, text }) {
      const from = await here.client(kind)
      await from.send('somebody@nowhere.example', text('nowhere'))
      const error = await from.messageError((each) => each.from === 'somebody@nowhere.example')
      assert.equal(error.condition, 'remote-server-not-found')
      return error.text
    },
  },
]
