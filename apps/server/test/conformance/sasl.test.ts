import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import {
  AUTHENTICATED,
  FEATURES_AUTHENTICATED,
  FEEDINGS,
  fault,
  HEADER,
  HEADER_BACK,
  OPENED,
  SECURED,
} from './dialogues.ts'
import { scramFinal, scramFirst } from './scram.ts'
import { PASSWORD, plain, Stage, type StageOptions } from './stage.ts'

const failure = (condition: string) => `S: <failure xmlns="{sasl}"><${condition}/></failure>`
const auth = (mechanism: string, text = '') => `C: <auth xmlns='{sasl}' mechanism='${mechanism}'>${text}</auth>`
const response = (text = '') => `C: <response xmlns='{sasl}'>${text}</response>`
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

describe.each(FEEDINGS)('SASL, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) =>
    Stage.open(signal, { accounts: ['juliet@example.com', 'romeo@example.com'], modules: [], chunkBytes, ...options })

  test('30. RFC 6120 §6.3.1, §6.3.2: nothing is bound without authentication', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}
      C: <iq type='set' id='b' to='juliet@example.com'><bind xmlns='{bind}'/></iq>
      ${fault('not-authorized')}`)
  })

  test('30. RFC 6120 §6.3.2, §6.4.6: after success a new stream begins, without <mechanisms/>', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(AUTHENTICATED)
    await stage.play(`${AUTHENTICATED}\n${auth('PLAIN', '=')}\n${fault('not-authorized', '*')}`)
  })

  test('32. RFC 6120 §13.8: SCRAM-SHA-1, step by step', async ({ signal }) => {
    await using stage = await open(signal)
    const { actor, expectChallenge } = await secured(stage)
    actor.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>${scramFirst('juliet')}</auth>`)
    const { answer, success } = scramFinal('juliet', await expectChallenge())
    actor.send(`<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${answer}</response>`)
    await actor.expect(`<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl">${success}</success>`)
  })

  test('32. RFC 6120 §13.8: SCRAM-SHA-1-PLUS, bound to the TLS channel; the wrong channel is refused', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    for (const isRight of [true, false]) {
      const { actor, connection, expectChallenge } = await secured(stage)
      const header = 'p=tls-exporter,,'
      actor.send(
        `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1-PLUS'>${scramFirst('juliet', header)}</auth>`,
      )
      const channel = connection.security?.exporter('EXPORTER-Channel-Binding', 32) as Uint8Array
      const binding = Buffer.from(isRight ? channel : channel.map((byte) => byte ^ 1))
      const { answer, success } = scramFinal('juliet', await expectChallenge(), { header, binding })
      actor.send(`<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${answer}</response>`)
      await actor.expect(
        isRight
          ? `<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl">${success}</success>`
          : `<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>`,
      )
    }
  })

  test('33. RFC 6120 §6.4.2, §6.3.10: no initial response is an empty challenge; the exchange then goes on', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}
      C: <auth xmlns='{sasl}' mechanism='PLAIN'/>
      S: <challenge xmlns="{sasl}"/>
      ${response(base64(`\0juliet\0${PASSWORD}`))}
      S: <success xmlns="{sasl}"/>`)
    await stage.play(`${SECURED}
      C: <auth xmlns='{sasl}' mechanism='SCRAM-SHA-1'/>
      S: <challenge xmlns="{sasl}"/>
      ${response(scramFirst('juliet'))}
      S: <challenge xmlns="{sasl}">*</challenge>`)
  })

  test('33. RFC 6120 §6.4.2: "=" is an initial response of no length, not a missing one', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}\n${auth('PLAIN', '=')}\n${failure('malformed-request')}`)
  })

  test('34. RFC 6120 §6.4.2: <auth/> in the middle of an exchange begins a new one', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}
      ${auth('SCRAM-SHA-1', scramFirst('juliet'))}
      S: <challenge xmlns="{sasl}">*</challenge>
      C: ${plain('juliet', PASSWORD)}
      S: <success xmlns="{sasl}"/>
      C: ${HEADER}
      S: ${HEADER_BACK}${FEATURES_AUTHENTICATED}`)
  })

  test.for([
    [
      'RFC 6120 §6.4.4, §6.5.1: <abort/>',
      `${auth('SCRAM-SHA-1', scramFirst('juliet'))}\nS: <challenge xmlns="{sasl}">*</challenge>\nC: <abort xmlns='{sasl}'/>`,
      'aborted',
    ],
    ['RFC 6120 §6.5.5: no base64', auth('PLAIN', 'no base64!'), 'incorrect-encoding'],
    ['RFC 6120 §6.5.5: padding at the wrong place', auth('PLAIN', '=AAA'), 'incorrect-encoding'],
    ['RFC 6120 §6.5.7: a mechanism that nobody knows', auth('SECRET-HANDSHAKE', '='), 'invalid-mechanism'],
    ['RFC 6120 §6.5.7: a mechanism that is not offered', auth('EXTERNAL', '='), 'invalid-mechanism'],
    [
      'RFC 6120 §6.5.6: somebody else’s identity',
      `C: ${plain('juliet', PASSWORD, 'romeo@example.com')}`,
      'invalid-authzid',
    ],
    ['RFC 6120 §6.5.8: no PLAIN message', auth('PLAIN', base64('juliet')), 'malformed-request'],
    ['RFC 6120 §6.5.8: no SCRAM message', auth('SCRAM-SHA-1', base64('juliet')), 'malformed-request'],
    ['RFC 6120 §6.5.10: a wrong password', `C: ${plain('juliet', 'wrong')}`, 'not-authorized'],
    ['RFC 6120 §6.5.10: an unknown user', `C: ${plain('nobody', 'wrong')}`, 'not-authorized'],
    ['RFC 6120 §6.5.10: a user of another domain', `C: ${plain('romeo@example.net', PASSWORD)}`, 'not-authorized'],
  ] as const)('35. %s is %s', async ([, said, condition], { signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}
      ${said}
      ${failure(condition)}
      C: ${plain('juliet', PASSWORD)}
      S: <success xmlns="{sasl}"/>`)
  })

  test('35. RFC 6120 §6.5.4: before TLS PLAIN needs encryption, even with the right password', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${OPENED}\nC: ${plain('juliet', PASSWORD)}\n${failure('encryption-required')}`)
  })

  test('35. RFC 6120 §6.5.2: a disabled account says so to its owner, and to nobody else', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.kernel.accounts.setDisabled(parseJid('juliet@example.com'), true)
    await stage.play(`${SECURED}
      C: ${plain('juliet', 'wrong')}
      ${failure('not-authorized')}
      C: ${plain('juliet', PASSWORD)}
      ${failure('account-disabled')}`)
  })

  test('36. RFC 6120 §6.5.10, §13.11: an unknown user gets a challenge like any other, with the same salt each time', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const challenge = async (user: string) => {
      const names = await stage.play(`${SECURED}
        ${auth('SCRAM-SHA-1', scramFirst(user))}
        S: <challenge xmlns="{sasl}">{challenge}</challenge>
        ${response(scramFinal(user, Buffer.from('r=x,s=eA==,i=1').toString('base64')).answer)}
        ${failure('not-authorized')}`)
      return Buffer.from(names.get('challenge') ?? '', 'base64').toString()
    }
    const form = (text: string) =>
      text.replace(/^r=[^,]+/, 'r').replace(/[A-Za-z0-9+/]{16,}=*/, (salt) => `salt of ${salt.length}`)
    const nobody = await challenge('nobody')
    expect(form(nobody)).toBe(form(await challenge('juliet')))
    expect(nobody.replace(/^r=[^,]+/, '')).toBe((await challenge('nobody')).replace(/^r=[^,]+/, ''))
  })

  test('37. RFC 6120 §6.4.5: after five failures policy-violation, and the end', async ({ signal }) => {
    await using stage = await open(signal)
    const again = `C: ${plain('juliet', 'wrong')}\n${failure('not-authorized')}\n`
    await stage.play(`${SECURED}\n${again.repeat(5)}${fault('policy-violation')}`)
  })

  test('38. RFC 6120 §6.3.8: an authorization identity is the own bare JID', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${SECURED}\nC: ${plain('juliet', PASSWORD, 'juliet@example.com')}\nS: <success xmlns="{sasl}"/>`)
    for (const identity of ['juliet@example.com/balcony', 'example.com', 'juliet@example.net', 'juliet'])
      await stage.play(
        `${SECURED}\nC: ${plain('juliet', PASSWORD, identity)}\nS: <failure xmlns="{sasl}"><invalid-authzid/></failure>`,
      )
  })
})

test('35. RFC 6120 §6.5.11: while the accounts cannot be read it is a temporary-auth-failure', async ({ signal }) => {
  const storage = new FaultyStorage(createMemoryStorage())
  await using stage = await Stage.open(signal, { accounts: ['juliet@example.com'], modules: [], storage })
  storage.fail('unavailable', 'read')
  await stage.play(`${SECURED}\nC: ${plain('juliet', PASSWORD)}\n${failure('temporary-auth-failure')}`)
  storage.heal()
  await stage.play(AUTHENTICATED)
})

/** Somebody whose stream is secured, and who knows what challenge came. */
async function secured(stage: Stage) {
  const connection = stage.connect()
  const actor = await stage.secure(connection, 'example.com')
  const expectChallenge = async () => {
    await actor.expect(`<challenge xmlns="urn:ietf:params:xml:ns:xmpp-sasl">{challenge}</challenge>`)
    return actor.captures.get('challenge') ?? ''
  }
  return { actor, connection, expectChallenge }
}
