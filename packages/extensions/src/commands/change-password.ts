import { AccountError, type ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import { formValue } from '../data-forms/wire.ts'
import type { Command, CommandStage } from './command.ts'
import { commandError } from './wire.ts'

const FORM = {
  type: 'form',
  title: 'Change my password',
  instructions: ['Other devices stay signed in until they connect again.'],
  fields: [
    { name: 'password', label: 'New password', type: 'text-private', required: true },
    { name: 'password-again', label: 'New password, again', type: 'text-private', required: true },
  ],
} as const

const failure = (text: string): CommandStage => ({ status: 'completed', notes: [{ type: 'error', text }] })

/** Changes the password of one's own account; only on an encrypted stream (XEP-0077 §3.3 says the same of its way). */
export function changePassword(host: Pick<ModuleHost, 'accounts' | 'sessions'>, minLength: number): Command {
  return {
    node: 'urn:parlour:commands:change-password',
    name: 'Change my password',
    access: 'account',
    start: ({ from }) => {
      const session = host.sessions(from).find(({ jid }) => jid.equals(from))
      if (!session?.stream.secure) throw new StanzaError('not-authorized', 'the stream needs encryption')
      return {
        status: 'executing',
        form: FORM,
        complete: async (form) => {
          const password = formValue(form, 'password')
          if (!password) throw commandError('bad-payload', 'a password is needed')
          if (password !== formValue(form, 'password-again')) return failure('The two passwords are not the same.')
          if ([...password].length < minLength) return failure(`A password has at least ${minLength} characters.`)
          try {
            await host.accounts.setPassword(from.bare, password)
          } catch (error) {
            if (error instanceof AccountError || (error instanceof Error && error.name === 'SaslError'))
              return failure('This cannot be a password.')
            throw error
          }
          return { status: 'completed', notes: [{ type: 'info', text: 'The password was changed.' }] }
        },
      }
    },
  }
}
