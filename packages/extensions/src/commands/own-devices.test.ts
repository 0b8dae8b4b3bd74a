import { parseJid } from '@parlour/jid'
import type { AccountDevice, Revocation } from '@parlour/server-core'
import { expect, test } from 'vitest'
import type { DataForm } from '../data-forms/wire.ts'
import { ownDevices, revokeDevice } from './own-devices.ts'

const CONTEXT = { from: parseJid('romeo@example.com/orchard'), lang: undefined }
const PHONE: AccountDevice = {
  ...{ id: 'abc', software: 'AwesomeXMPP', device: 'Phone', isConnected: true, hasToken: true },
  ...{ firstSeen: Date.UTC(2026, 0, 1), lastSeen: Date.UTC(2026, 0, 2), methods: ['password', 'token'] },
}
const UNNAMED: AccountDevice = {
  ...PHONE,
  id: 'def',
  software: undefined,
  device: undefined,
  hasToken: false,
  isConnected: false,
}

/** A host whose account has these devices. */
function hostOf(devices: readonly AccountDevice[], revocation: Revocation = 'revoked') {
  const revoked: string[] = []
  const revoke = async (_: unknown, id: string) => {
    revoked.push(id)
    return revocation
  }
  return { host: { devices: { list: async () => [...devices], revoke } }, revoked }
}

const submit = (device?: string): DataForm => ({
  type: 'submit',
  fields: device === undefined ? [] : [{ name: 'device', values: [device] }],
})

test('the devices with access to the account, in the words of XEP-0494 §3.1', async () => {
  const stage = await ownDevices(hostOf([PHONE, UNNAMED]).host).start(CONTEXT)
  expect(stage.form?.items?.map((row) => row.map(({ values }) => values?.join(' ')))).toEqual([
    ['abc', 'AwesomeXMPP', 'Phone', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '1', 'password fast'],
    ['def', '', '', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '0', 'password'],
  ])
})

test('one is chosen and revoked', async () => {
  const { host, revoked } = hostOf([PHONE, UNNAMED])
  const stage = await revokeDevice(host).start(CONTEXT)
  expect(stage.form?.fields[0]?.options).toEqual([
    { value: 'abc', label: 'Phone, AwesomeXMPP, last signed in 2026-01-02' },
    { value: 'def', label: 'def, last signed in 2026-01-02' },
  ])
  const end = stage.status === 'executing' ? await stage.complete?.(submit('abc'), CONTEXT) : undefined
  expect(end).toMatchObject({ status: 'completed', notes: [{ type: 'info' }] })
  expect(revoked).toEqual(['abc'])
})

test.each([
  ['XEP-0494 §3.2: who has signed in with the password is to change it', 'password-known', 'change that, too'],
  ['otherwise that is all', 'revoked', 'no access any more'],
] as const)('%s', async (_, revocation, text) => {
  const stage = await revokeDevice(hostOf([PHONE], revocation).host).start(CONTEXT)
  const end = stage.status === 'executing' ? await stage.complete?.(submit('abc'), CONTEXT) : undefined
  expect(end).toMatchObject({ notes: [{ text: expect.stringContaining(text) }] })
})

test('an unknown device is item-not-found, none at all bad-request', async () => {
  const stage = await revokeDevice(hostOf([PHONE], 'unknown').host).start(CONTEXT)
  if (stage.status !== 'executing') throw new Error(stage.status)
  await expect(stage.complete?.(submit('xyz'), CONTEXT)).rejects.toMatchObject({ condition: 'item-not-found' })
  await expect(stage.complete?.(submit(), CONTEXT)).rejects.toMatchObject({ condition: 'bad-request' })
})

test('without devices there is nothing to choose', async () => {
  expect(await revokeDevice(hostOf([]).host).start(CONTEXT)).toMatchObject({
    status: 'completed',
    notes: [{ type: 'info' }],
  })
})
