/** XEP-0050: Ad-Hoc Commands, version 1.3.0. */
import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { type DataForm, dataFormElement, findDataForm } from '../data-forms/wire.ts'

/** The namespace, the feature, and the node that lists an entity's commands (XEP-0050 §2). */
export const COMMANDS_NAMESPACE = 'http://jabber.org/protocol/commands'

/** XEP-0050 §4.1. */
export type CommandAction = 'execute' | 'cancel' | 'prev' | 'next' | 'complete'
export type CommandStatus = 'executing' | 'completed' | 'canceled'
/** Where an execution may go from a stage (XEP-0050 §4.2). */
export type CommandDirection = 'prev' | 'next' | 'complete'

/** For people to read (XEP-0050 §4.3). */
export interface CommandNote {
  readonly type: 'info' | 'warn' | 'error'
  readonly text: string
}

/** What a requester sends (XEP-0050 §4.1). */
export interface CommandRequest {
  readonly node: string
  readonly sessionId?: string
  readonly action?: CommandAction
  /** A submitted form. */
  readonly form?: DataForm
}

/** What a responder answers (XEP-0050 §4.1). */
export interface CommandResponse {
  readonly node: string
  readonly sessionId: string
  readonly status: CommandStatus
  readonly form?: DataForm
  readonly notes?: readonly CommandNote[]
  /** Empty or absent: a single stage, which `execute` completes (XEP-0050 §3.4). */
  readonly directions?: readonly CommandDirection[]
  /** What `execute` stands for; `next` without it (XEP-0050 §3.4). */
  readonly execute?: CommandDirection
}

/** XEP-0050 §4.4: the conditions of errors beside the general ones. */
export type CommandFault =
  | 'malformed-action'
  | 'bad-action'
  | 'bad-locale'
  | 'bad-payload'
  | 'bad-sessionid'
  | 'session-expired'

const NS = COMMANDS_NAMESPACE
const ACTIONS: ReadonlySet<string> = new Set<CommandAction>(['execute', 'cancel', 'prev', 'next', 'complete'])
const STATUSES: ReadonlySet<string> = new Set<CommandStatus>(['executing', 'completed', 'canceled'])
const DIRECTIONS: ReadonlySet<string> = new Set<CommandDirection>(['prev', 'next', 'complete'])
const NOTE_TYPES: ReadonlySet<string> = new Set<CommandNote['type']>(['info', 'warn', 'error'])

/** @example commandError('bad-sessionid', 'there is no such session') */
export function commandError(fault: CommandFault, text: string): StanzaError {
  const condition: StanzaErrorCondition = fault === 'session-expired' ? 'not-allowed' : 'bad-request'
  return new StanzaError(condition, text, { application: el(fault, NS) })
}

export function commandRequestElement({ node, sessionId, action, form }: CommandRequest): Element {
  return el('command', NS, { node, sessionid: sessionId, action }, form && dataFormElement(form))
}

/** @throws StanzaError `bad-request`: without node (XEP-0050 §4.1 "MUST be present"), or with `malformed-action` */
export function readCommandRequest(command: Element): CommandRequest {
  const { node, sessionid: sessionId, action } = command.attributes
  if (!node) throw new StanzaError('bad-request', 'a command has a node')
  if (action !== undefined && !ACTIONS.has(action)) throw commandError('malformed-action', 'there is no such action')
  // "The value of this attribute MUST NOT be empty or null."
  if (sessionId === '') throw commandError('bad-sessionid', 'a session id is not empty')
  const form = findDataForm(command)
  return {
    node,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(action === undefined ? {} : { action: action as CommandAction }),
    ...(form === undefined ? {} : { form }),
  }
}

export function commandResponseElement(response: CommandResponse): Element {
  const { node, sessionId, status, form, notes = [], directions = [], execute } = response
  return el(
    'command',
    NS,
    { node, sessionid: sessionId, status },
    directions.length > 0 && el('actions', NS, { execute }, ...directions.map((name) => el(name, NS))),
    form && dataFormElement(form),
    ...notes.map(({ type, text }) => el('note', NS, { type }, text)),
  )
}

/** Reads an answer; `undefined` for what is none. An `action` in it is ignored (XEP-0050 §4.1). */
export function readCommandResponse(command: Element): CommandResponse | undefined {
  const { node, sessionid: sessionId, status } = command.attributes
  if (!command.is('command', NS) || !node || !status || !STATUSES.has(status)) return undefined
  const form = findDataForm(command)
  const actions = command.child('actions')
  const directions = (actions?.elements() ?? []).map(({ name }) => name).filter((name) => DIRECTIONS.has(name))
  const execute = actions?.attribute('execute')
  return {
    node,
    sessionId: sessionId ?? '',
    status: status as CommandStatus,
    notes: command.childrenNamed('note').map(readNote),
    directions: directions as CommandDirection[],
    ...(form === undefined ? {} : { form }),
    ...(execute !== undefined && DIRECTIONS.has(execute) ? { execute: execute as CommandDirection } : {}),
  }
}

function readNote(note: Element): CommandNote {
  const type = note.attribute('type')
  return {
    type: type !== undefined && NOTE_TYPES.has(type) ? (type as CommandNote['type']) : 'info',
    text: note.text(),
  }
}
