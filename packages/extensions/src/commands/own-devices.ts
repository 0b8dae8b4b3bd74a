import type { AccountDevice, ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { DataForm } from '../data-forms/wire.ts'
import { dateTime } from '../date-time/wire.ts'
import type { Command, CommandHandler, CommandStage } from './command.ts'

type Host = { readonly devices: Pick<ModuleHost['devices'], 'list' | 'revoke'> }

const COLUMNS = [
  { name: 'id', label: 'Id', type: 'text-single' },
  { name: 'software', label: 'Software', type: 'text-single' },
  { name: 'device', label: 'Device', type: 'text-single' },
  { name: 'first-seen', label: 'First signed in', type: 'text-single' },
  { name: 'last-seen', label: 'Last signed in', type: 'text-single' },
  { name: 'connected', label: 'Connected', type: 'boolean' },
  { name: 'auth', label: 'Signs in by', type: 'text-multi' },
] as const

/** Shows the devices that have access to one's account, connected or not. */
export function ownDevices(host: Host): Command {
  return {
    node: 'urn:parlour:commands:own-devices',
    name: 'Show the devices that have access to my account',
    access: 'account',
    start: async ({ from }) => {
      const items = (await host.devices.list(from)).map(itemOf)
      const form: DataForm = { type: 'result', title: 'Devices with access', fields: [], reported: COLUMNS, items }
      return { status: 'completed', form }
    },
  }
}

const itemOf = (device: AccountDevice) => [
  { name: 'id', values: [device.id] },
  { name: 'software', values: [device.software ?? ''] },
  { name: 'device', values: [device.device ?? ''] },
  { name: 'first-seen', values: [dateTime(device.firstSeen)] },
  { name: 'last-seen', values: [dateTime(device.lastSeen)] },
  { name: 'connected', values: [device.isConnected ? '1' : '0'] },
  { name: 'auth', values: waysOf(device) },
]

/** In the words of XEP-0494 §3.1. */
const waysOf = ({ methods, hasToken }: AccountDevice): string[] => [
  ...methods.filter((method) => method !== 'token'),
  ...(hasToken ? ['fast'] : []),
]

/** Takes the access of one of one's devices away. */
export function revokeDevice(host: Host): Command {
  return {
    node: 'urn:parlour:commands:revoke-device',
    name: 'Revoke the access of a device',
    access: 'account',
    start: async ({ from }) => {
      const devices = await host.devices.list(from)
      const nothing = { type: 'info', text: 'No device has named itself when it signed in.' } as const
      if (devices.length === 0) return { status: 'completed', notes: [nothing] }
      return { status: 'executing', form: formOf(devices), complete: revoking(host) }
    },
  }
}

const formOf = (devices: readonly AccountDevice[]): DataForm => ({
  type: 'form',
  title: 'Revoke the access of a device',
  fields: [
    {
      name: 'device',
      type: 'list-single',
      label: 'Device',
      required: true,
      values: [],
      options: devices.map((device) => ({ value: device.id, label: labelOf(device) })),
    },
  ],
})

const labelOf = ({ device, software, id, lastSeen }: AccountDevice): string =>
  `${[device, software].filter(Boolean).join(', ') || id}, last signed in ${dateTime(lastSeen).slice(0, 10)}`

const DONE = {
  revoked: { type: 'info', text: 'The device has no access any more.' },
  'password-known': {
    type: 'warn',
    text: 'The device is signed out, and its tokens are void. It has signed in with your password: change that, too.',
  },
} as const

const revoking =
  (host: Host): CommandHandler =>
  async ({ fields }, { from }): Promise<CommandStage> => {
    const id = fields.find((field) => field.name === 'device')?.values?.[0]
    if (id === undefined) throw new StanzaError('bad-request', 'which device?')
    const revocation = await host.devices.revoke(from, id)
    if (revocation === 'unknown') throw new StanzaError('item-not-found', 'there is no such device')
    return { status: 'completed', notes: [DONE[revocation]] }
  }
