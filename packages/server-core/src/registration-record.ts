import type { ModuleHost, Registration } from './module.ts'

/** What a module has registered by its host so far. */
export interface RegistrationRecord {
  /** The host for the module to register by. */
  readonly host: ModuleHost
  readonly registrations: readonly Registration[]
  /** It is set up: what it registers from now on, such as each timer, is its own to undo. */
  end(): void
}

/**
 * Notes what a module registers, so that a setup which fails half-way can be undone: it returns nothing then. Each
 * registration is undone once, whoever undoes it first.
 */
export function recordRegistrations(host: ModuleHost): RegistrationRecord {
  let registrations: Registration[] | undefined = []
  const noting =
    <Values extends readonly unknown[]>(register: (...values: Values) => Registration) =>
    (...values: Values): Registration => {
      const undo = once(register(...values))
      registrations?.push(undo)
      return undo
    }
  return {
    host: notingHost(host, noting),
    get registrations() {
      return registrations ?? []
    },
    end: () => {
      registrations = undefined
    },
  }
}

type Noting = <Values extends readonly unknown[]>(
  register: (...values: Values) => Registration,
) => (...values: Values) => Registration

function notingHost(host: ModuleHost, noting: Noting): ModuleHost {
  const { iq, discovery } = host
  return {
    ...host,
    iq: { get: noting(iq.get), set: noting(iq.set) },
    // Its parameters depend on the hook, which no single list of them can say.
    on: noting(host.on as (...values: readonly unknown[]) => Registration) as ModuleHost['on'],
    portable: noting(host.portable),
    streamFeature: noting(host.streamFeature),
    bindFeature: noting(host.bindFeature),
    beforeAuthentication: noting(host.beforeAuthentication),
    setTimer: noting(host.setTimer),
    provide: noting(host.provide) as ModuleHost['provide'],
    discovery: {
      get revision() {
        return discovery.revision
      },
      features: (target) => discovery.features(target),
      identities: (target) => discovery.identities(target),
      items: () => discovery.items(),
      advertise: noting((feature, ...targets) => discovery.advertise(feature, ...targets)),
      identify: noting((target, identity) => discovery.identify(target, identity)),
      addItem: noting((item) => discovery.addItem(item)),
    },
  }
}

function once(undo: Registration): Registration {
  let isUndone = false
  return () => {
    if (isUndone) return
    isUndone = true
    return undo()
  }
}
