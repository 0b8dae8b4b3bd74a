import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { GenericSchema } from 'valibot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { builtInModules } from '../modules.ts'
import { readEnvironment, variableOf } from './environment.ts'
import { ConfigurationError, type ConfigurationFault } from './fault.ts'
import { loadConfiguration } from './load.ts'
import { readConfiguration } from './read.ts'
import { referenceText } from './reference.ts'
import { ConfigurationSchema } from './schema.ts'
import { settingsOf } from './settings.ts'
import { shownValue } from './shown.ts'
import { suggest } from './suggest.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-configuration-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const load = (
  environment: Record<string, string> = {},
  options: Parameters<typeof loadConfiguration>[0]['options'] = [],
) => loadConfiguration({ folder, environment, options })

function faultsOf(input: unknown): readonly ConfigurationFault[] {
  try {
    readConfiguration(input)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
  }
  return []
}

const rejection = async (loading: Promise<unknown>): Promise<readonly ConfigurationFault[]> =>
  loading.then(
    () => [],
    (error: ConfigurationError) => error.faults,
  )

describe('values', () => {
  test('nothing at all is a configuration, and it is frozen through and through', () => {
    const configuration = readConfiguration({})
    expect(configuration).toMatchObject({ domains: ['localhost'], listen: { starttls: 5222, directTls: 5223 } })
    expect(Object.isFrozen(configuration.listen)).toBe(true)
    expect(Object.isFrozen(configuration.authentication.mechanisms)).toBe(true)
    expect(() => Object.assign(configuration.listen, { starttls: 1 })).toThrow(TypeError)
  })

  test('every fault is told at once, with its path, the reason, and a value that works', () => {
    const input = {
      domians: 1,
      listen: { starttls: 'abc', directTls: 70_000 },
      limits: { maxStanzaBytes: 12, a: 1, b: 2 },
    }
    expect(faultsOf(input)).toEqual([
      { path: 'domians', reason: 'is not a setting; did you mean "domains"?' },
      { path: 'limits.a', reason: expect.stringMatching(/^is not a setting; there are: maxStanzaBytes, /) },
      { path: 'limits.b', reason: expect.stringMatching(/^is not a setting/) },
      {
        path: 'listen.starttls',
        reason: 'is "abc"; it takes a whole number from 0 to 65535, or false',
        example: 15222,
      },
      { path: 'listen.directTls', reason: expect.stringContaining('is 70000'), example: 15223 },
      { path: 'limits.maxStanzaBytes', reason: 'is 12; it takes a whole number, at least 10000', example: 262_144 },
    ])
  })

  test('inside lists and unions the fault is where the value is', () => {
    const input = { certificates: [{ certificate: 'a.pem', kez: 'b.pem' }], domains: ['localhost', 'a@b'] }
    expect(faultsOf(input)).toEqual([
      { path: 'domains.1', reason: '"a@b" is no domain name', example: ['example.org'] },
      { path: 'certificates.0.key', reason: 'is missing', example: '/etc/parlour/key.pem' },
      { path: 'certificates.0.kez', reason: 'is not a setting; did you mean "key"?' },
    ])
  })

  test('whatever is given, the answer is a configuration or a ConfigurationError', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined))
    const key = fc.oneof(fc.constantFrom(...settingsOf(ConfigurationSchema).flatMap(({ path }) => path)), fc.string())
    const value = fc.letrec((tie) => ({
      any: fc.oneof(leaf, fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(key, tie('any'), { maxKeys: 4 })),
    })).any
    fc.assert(
      fc.property(value, (input) => {
        try {
          readConfiguration(input)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError)
          expect((error as ConfigurationError).faults).not.toHaveLength(0)
        }
      }),
    )
  })

  test.each(settingsOf(ConfigurationSchema).map((setting) => [setting.path.join('.'), setting] as const))(
    'the example and the default of %s are right',
    (_, { path, example, default: fallback, description }) => {
      expect(description).not.toBe('')
      for (const value of [example, fallback].filter((each) => each !== undefined)) {
        const input = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
        expect(faultsOf(input)).toEqual([])
      }
    },
  )

  test('every setting of a module says what it is for', () => {
    const settings = builtInModules.flatMap(({ name, config }) =>
      config ? settingsOf(config as unknown as GenericSchema, [name]) : [],
    )
    expect(settings.length).toBeGreaterThan(20)
    expect(settings.filter(({ description }) => description === '').map(({ path }) => path.join('.'))).toEqual([])
  })
})

describe('files', () => {
  test('parlour.config.ts of the current folder, typed by @parlour/server', async () => {
    write(
      'parlour.config.ts',
      `import { defineConfiguration } from '@parlour/server'
      const domains: string[] = ['example.org']
      export default defineConfiguration({ domains })`,
    )
    const { configuration, sourceOf, folder: from } = await load()
    expect([configuration.domains, sourceOf('domains'), sourceOf('storage'), from]).toEqual([
      ['example.org'],
      'parlour.config.ts',
      undefined,
      folder,
    ])
  })

  test('YAML and JSON mean the same', async () => {
    write('parlour.config.yaml', 'domains: [example.org]\nlisten:\n  directTls: false\n')
    const fromYaml = (await load()).configuration
    rmSync(join(folder, 'parlour.config.yaml'))
    write('parlour.config.json', '{ "domains": ["example.org"], "listen": { "directTls": false } }')
    expect((await load()).configuration).toEqual(fromYaml)
    expect(fromYaml.listen.directTls).toBe(false)
  })

  test.each([
    ['parlour.config.yaml', 'a: [', 'is no YAML'],
    ['parlour.config.yaml', 'domains: [a]\ndomains: [b]', 'is no YAML'],
    ['parlour.config.yaml', 'a: *b', 'is no YAML: Unresolved alias'],
    ['parlour.config.yaml', 'a: &a {b: *a}', 'holds something that is no setting'],
    ['parlour.config.yaml', '- a', 'holds no settings'],
    ['parlour.config.json', '{', 'is no JSON'],
    ['parlour.config.ts', 'const a = {}', 'has no default export'],
    ['parlour.config.ts', 'throw new Error("no")', 'cannot be loaded: no'],
    ['parlour.config.ts', 'export default {', 'cannot be loaded'],
  ])('%s with %j is refused: %s', async (name, text, reason) => {
    write(name, text)
    const [fault] = await rejection(load())
    expect([fault?.path, fault?.reason]).toEqual([expect.stringContaining(name), expect.stringContaining(reason)])
  })

  test('two files in one folder are one too many; a named file is found where it is', async () => {
    write('parlour.config.yaml', 'domains: [a]')
    write('parlour.config.json', '{}')
    expect(await rejection(load())).toEqual([
      {
        path: 'parlour.config.yaml and parlour.config.json',
        reason: 'are both here: keep one, or name it with --config',
      },
    ])
    const named = { folder: '/', file: join(folder, 'parlour.config.yaml'), environment: {}, options: [] }
    expect((await loadConfiguration(named)).configuration.domains).toEqual(['a'])
    expect(await rejection(loadConfiguration({ ...named, file: join(folder, 'other.yaml') }))).toMatchObject([
      { reason: 'does not exist' },
    ])
    expect(await rejection(loadConfiguration({ ...named, file: join(folder, '..') }))).toHaveLength(1)
  })

  test('YAML with nested aliases does not grow without bound', async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`)
    write('parlour.config.yaml', `a0: &a0 x\n${lines.join('\n')}`)
    expect(await rejection(load())).toMatchObject([{ reason: expect.stringContaining('Excessive alias count') }])
  })
})

describe('layers', () => {
  test('a file, then the environment, then options; each value tells where it comes from', async () => {
    write('parlour.config.yaml', 'domains: [file.example]\ndataFolder: from-file\nlog: { level: warn }\n')
    const { configuration, sourceOf } = await load(
      { PARLOUR_DATA_FOLDER: 'from-environment', PARLOUR_LOG_FORMAT: 'json' },
      [{ path: ['domains'], value: ['option.example'], source: '--domain' }],
    )
    expect(configuration).toMatchObject({
      ...{ domains: ['option.example'], dataFolder: 'from-environment' },
      log: { level: 'warn', format: 'json' },
    })
    expect(['domains', 'dataFolder', 'log.level', 'log.format', 'storage'].map((path) => sourceOf(path))).toEqual([
      ...['--domain', 'PARLOUR_DATA_FOLDER', 'parlour.config.yaml', 'PARLOUR_LOG_FORMAT', undefined],
    ])
  })

  test('faults of a file and of the environment are told together, each with its source', async () => {
    write('parlour.config.yaml', 'storage: postgres\n')
    expect(await rejection(load({ PARLOUR_LISTEN_STARTTLS: 'x', PARLOUR_LOGLEVEL: 'info' }))).toEqual([
      { path: 'PARLOUR_LOGLEVEL', reason: expect.stringContaining('did you mean PARLOUR_LOG_LEVEL?') },
      expect.objectContaining({ path: 'storage', source: 'parlour.config.yaml' }),
      expect.objectContaining({ path: 'listen.starttls', source: 'PARLOUR_LISTEN_STARTTLS' }),
    ])
  })

  test('the environment is typed by the schema', () => {
    const { settings, faults } = readEnvironment({
      ...{
        PARLOUR_DOMAINS: 'a.example, b.example',
        PARLOUR_LISTEN_STARTTLS: '15222',
        PARLOUR_LISTEN_DIRECT_TLS: 'false',
      },
      ...{ PARLOUR_ENCRYPTION_REQUIRED: 'false', PARLOUR_DATA_FOLDER: '123', PARLOUR_MODULES: '{"ping":{}}' },
      ...{ PARLOUR_PLUGINS: '["./a,b.ts"]', PARLOUR_PASSWORD: 'of the client', PARLOUR_STORAGE: '', PATH: '/bin' },
    })
    expect(faults).toEqual([])
    expect(Object.fromEntries(settings.map(({ path, value }) => [path.join('.'), value]))).toEqual({
      ...{ domains: ['a.example', 'b.example'], 'listen.starttls': 15222, 'listen.directTls': false },
      ...{ encryptionRequired: false, dataFolder: '123', modules: { ping: {} }, plugins: ['./a,b.ts'] },
    })
  })

  test('no two settings have the same variable', () => {
    const variables = settingsOf(ConfigurationSchema).map(({ path }) => variableOf(path))
    expect(new Set(variables).size).toBe(variables.length)
  })
})

test('what is named like a secret is not shown', () => {
  const modules = { upload: { secretKey: 'x', quota: 1, hosts: [{ password: 'y', name: 'z' }], apiToken: 'w' } }
  expect(shownValue(['modules'], modules)).toEqual({
    upload: { secretKey: '(hidden)', quota: 1, hosts: [{ password: '(hidden)', name: 'z' }], apiToken: '(hidden)' },
  })
})

test.each([
  ['domians', 'domains'],
  ['data_folder', 'dataFolder'],
  ['max', 'maxStanzaBytes'],
  ['zzz', undefined],
])('who writes %s probably means %s', (typed, meant) => {
  expect(suggest(typed, ['domains', 'dataFolder', 'maxStanzaBytes'])).toBe(meant)
})

test('the reference names every setting', () => {
  const text = referenceText([])
  for (const { path } of settingsOf(ConfigurationSchema)) expect(text).toContain(`\`${path.join('.')}\``)
})

describe('components', () => {
  const irc = { domain: 'irc.example.org', secret: 'a secret of many letters' }

  test('one with a domain and a secret is enough', () => {
    const { components, listen } = readConfiguration({ domains: ['example.org'], components: [irc] })
    expect(components).toEqual([{ ...irc, conflict: 'refuse' }])
    expect(listen).toMatchObject({ componentsAddress: '127.0.0.1', componentsTls: false })
    expect(listen.components).toBeUndefined()
  })

  test('domains that are taken, and secrets that lack or are two, are told; the secrets themselves are not', () => {
    const faults = faultsOf({
      domains: ['example.org'],
      components: [
        irc,
        { ...irc, domain: 'IRC.example.org' },
        { domain: 'example.org', listedBy: 'b.example', secretFile: 'f', secret: 'x' },
        { domain: 'c.example.org' },
      ],
    })
    expect(faults.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'components.1.domain is the domain of components.0 too',
      'components.2.domain is one of `domains`',
      'components.2 has two secrets: one is enough',
      'components.2.listedBy is none of `domains`',
      'components.3 has no secret: give `secret` or `secretFile`',
    ])
    const wrong = faultsOf({ components: [irc, 7, { domain: 7, secret: ['a secret of many letters'] }], limits: [irc] })
    expect(wrong.length).toBeGreaterThan(2)
    expect(JSON.stringify([faults, wrong])).not.toContain('many letters')
  })
})
