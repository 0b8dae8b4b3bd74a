import { CLIENT_NAMESPACE, readStanza, type Stanza, type StanzaError } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import type { FederationKernel } from './federation-context.ts'

/** Answers a stanza with an error. What throws or rejects meanwhile is reported, and stops nothing else. */
export function answerStanza(kernel: FederationKernel, stanza: Stanza, error: StanzaError): void {
  reported(kernel, () => kernel.bounce(stanza, error))
}

/** The same for one that was serialized for a stream, whose namespace it does not name. */
export function answerText(kernel: FederationKernel, text: string, error: StanzaError): void {
  reported(kernel, () => {
    const element = parseXml(text.replace(/^<[a-z]+/, (start) => `${start} xmlns='${CLIENT_NAMESPACE}'`))
    return kernel.bounce(readStanza(element), error)
  })
}

/** Does something whose fault is nobody's who waits. */
export function reported(kernel: FederationKernel, work: () => void | Promise<void>): void {
  try {
    const done = work()
    if (done instanceof Promise) done.catch((cause: unknown) => kernel.reportError(cause))
  } catch (cause) {
    kernel.reportError(cause)
  }
}
