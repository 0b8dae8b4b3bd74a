import { readDialbackFeature } from '@parlour/dialback'
import { readMechanisms, SASL_NAMESPACE } from '@parlour/sasl'
import { offersStreamManagement } from '@parlour/stream-management'
import { BIDIRECTIONAL_FEATURE, readAnnouncedLimits } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import type { FederationContext } from './federation-context.ts'
import type { FederationError } from './federation-error.ts'
import type { FederationSecurity } from './federation-policy.ts'
import { asFederationError, type OpeningStep, openStream } from './opening.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import type { ServerConnector, ServerNames, ServerTarget } from './server-connector.ts'

/** A step of a walk to another server, as it is found. */
export type ProbeStep =
  /** What policy says of the domain; `refusal`: that it is not spoken to, and then nothing follows. */
  | { readonly step: 'policy'; readonly security: FederationSecurity; readonly refusal: string | undefined }
  | { readonly step: 'dns'; readonly targets: readonly ServerTarget[] }
  | { readonly step: 'connecting'; readonly target: ServerTarget }
  | { readonly step: 'connected'; readonly target: ServerTarget; readonly remoteAddress: string }
  | { readonly step: 'tls'; readonly protocol: string; readonly cipher: string }
  /**
   * `reason`: why it does not prove the domain; whether that matters is policy's to say. `chainFault`: why its chain is
   * not accepted, names aside.
   */
  | {
      readonly step: 'certificate'
      readonly verified: boolean
      readonly reason: string | undefined
      readonly chainFault: string | undefined
    }
  | ({ readonly step: 'features' } & OfferedFeatures)
  /** The peer accepted us. */
  | { readonly step: 'authenticated'; readonly method: 'external' | 'dialback' }
  /** The peer closed instead of taking our certificate; once more, with dialback. */
  | { readonly step: 'external-refused'; readonly target: ServerTarget; readonly error: FederationError }
  /** One endpoint led nowhere; the next one is tried. */
  | { readonly step: 'target-failed'; readonly target: ServerTarget; readonly error: FederationError }
  /** The end of the walk: without an error, stanzas would flow. */
  | { readonly step: 'done'; readonly error: FederationError | undefined; readonly milliseconds: number }

/** How a walk is made. */
export interface ProbeOptions {
  /** Ends it. */
  readonly signal?: Signal
  /** In place of that of the federation: for whoever wants to see more of DNS and connections. */
  readonly connector?: ServerConnector
}

/** What the other server offers, on the stream as it stands at that time. */
export interface OfferedFeatures {
  readonly starttls: boolean
  readonly external: boolean
  readonly dialback: boolean
  readonly bidirectional: boolean
  readonly streamManagement: boolean
  /** XEP-0478: octets of the largest stanza that it takes. */
  readonly maxBytes: number | undefined
}

/** Walks to another server as for a stanza, tells each step, and hangs up. Resolves when it is over; never rejects. */
export async function probe(
  names: ServerNames,
  report: (step: ProbeStep) => void,
  connector: ServerConnector,
  context: FederationContext,
  signal: Signal,
): Promise<void> {
  const { policy, environment } = context
  const begun = environment.now()
  const refusal = policy.refusal(names.remote)
  report({ step: 'policy', security: policy.security(names.remote), refusal })
  if (refusal !== undefined) return
  const observe = (step: OpeningStep) => report(told(step))
  const outcome = await openStream({ ...names, purpose: 'stanzas', signal, observe }, connector, context).catch(
    (cause: unknown) => asFederationError(cause, `${names.remote} could not be reached`),
  )
  if (!(outcome instanceof Error)) hangUp(outcome, report)
  const error = outcome instanceof Error ? outcome : undefined
  report({ step: 'done', error, milliseconds: environment.now() - begun })
}

function hangUp(stream: OutgoingStream, report: (step: ProbeStep) => void): void {
  const { authentication } = stream
  if (authentication !== 'none') report({ step: 'authenticated', method: authentication })
  stream.close()
}

function told(step: OpeningStep): ProbeStep {
  switch (step.type) {
    case 'located':
      return { step: 'dns', targets: step.targets }
    case 'certificate': {
      const { verified, reason } = step.certificate
      return { step: 'certificate', verified, reason, chainFault: step.chainFault }
    }
    case 'features':
      return { step: 'features', ...offered(step.features, step.dialback) }
    default: {
      const { type, ...fields } = step
      return { step: type, ...fields } as ProbeStep
    }
  }
}

function offered(features: Element, hasDialback: boolean): OfferedFeatures {
  const mechanisms = features.child('mechanisms', SASL_NAMESPACE)
  return {
    starttls: features.elements().some((feature) => feature.name === 'starttls'),
    external: mechanisms !== undefined && readMechanisms(mechanisms).includes('EXTERNAL'),
    dialback: hasDialback || readDialbackFeature(features) !== undefined,
    bidirectional: features.child(BIDIRECTIONAL_FEATURE.name, BIDIRECTIONAL_FEATURE.namespace) !== undefined,
    streamManagement: offersStreamManagement(features),
    maxBytes: readAnnouncedLimits(features)?.maxBytes,
  }
}
