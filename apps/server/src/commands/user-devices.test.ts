import { connect } from '@parlour/client'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Server } from '../index.ts'
import { parlour, startServer, undo, withFolders } from './commands.fixture.ts'

withFolders()

const userAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'AwesomeXMPP', device: 'Phone' }

describe('parlour user devices', () => {
  let server: Server
  beforeEach(async () => {
    server = await startServer()
    await parlour('user add alice@localhost', 'secret\n')
  })

  const signIn = async (agent = userAgent) =>
    undo.use(
      await connect({
        ...{ jid: 'alice@localhost', password: 'secret', reconnection: false, userAgent: agent },
        service: `127.0.0.1:${server.listeners.starttls?.address.port}`,
        ca: server.developmentAuthorityPem ?? '',
      }),
    )

  test('lists what has named itself, for people and for programs', async () => {
    expect((await parlour('user devices alice@localhost')).output).toBe(
      'No device of alice@localhost has named itself.\n',
    )
    await signIn()
    const { output } = await parlour('user devices alice@localhost')
    expect(output).toMatch(
      /^[A-Za-z0-9_-]{16} +Phone \(AwesomeXMPP\) +since \d{4}-\d\d-\d\d +connected +password, token\n$/,
    )
    const { output: json } = await parlour('user devices alice@localhost --json')
    expect(JSON.parse(json)).toMatchObject({
      software: 'AwesomeXMPP',
      device: 'Phone',
      isConnected: true,
      hasToken: true,
    })
  })

  test('a terminal obeys nothing of what a device calls itself', async () => {
    await signIn({ ...userAgent, device: 'Phone\nof mine\u009b2J' })
    const { output } = await parlour('user devices alice@localhost')
    expect(output).toContain(' Phone\\u{a}of mine\\u{9b}2J (AwesomeXMPP) ')
    const { output: json } = await parlour('user devices alice@localhost --json')
    expect(json).not.toContain('\u009b')
    expect(JSON.parse(json)).toMatchObject({ device: 'Phone\nof mine\u009b2J' })
  })

  test('revokes one: its session ends, and it is listed as long as it knows the password', async () => {
    const client = await signIn()
    const ended = new Promise<string>((resolve) =>
      client.onState(({ status }) => status === 'closed' && resolve(status)),
    )
    const { id } = JSON.parse((await parlour('user devices alice@localhost --json')).output)
    const { output, code } = await parlour(`user devices alice@localhost --revoke ${id}`)
    expect([code, output.split('\n')[0]]).toEqual([0, 'Phone (AwesomeXMPP) is signed out, and its tokens are void.'])
    expect(output).toContain('It has signed in with the password')
    expect(await ended).toBe('closed')
    expect((await parlour('user devices alice@localhost')).output).toMatch(/ last \d{4}-\d\d-\d\d +password\n$/)
    await parlour('user passwd alice@localhost', 'another\n')
    expect((await parlour('user devices alice@localhost')).output).toContain('No device')
  })

  test.each([
    ['user devices', 'which account? Give its address, such as alice@localhost'],
    ['user devices nobody@localhost', 'there is no account nobody@localhost'],
    ['user devices alice@localhost --revoke xyz', 'alice@localhost has no device xyz: parlour user devices lists them'],
  ])('%s: %s', async (line, message) => {
    const { errors, code } = await parlour(line)
    expect(errors).toContain(message)
    expect(code).not.toBe(0)
  })
})
