import { defineService, type IqRequest, type Service } from '@parlour/server-core'
import type { Element } from '@parlour/xml'
import type { DiscoInfo, DiscoItem } from './wire.ts'

/** A node of the server's own (XEP-0030 §3.2), answered by the module that registers it. */
export interface DiscoNode {
  info(request: IqRequest): DiscoInfo | Promise<DiscoInfo>
  items(request: IqRequest): readonly DiscoItem[] | Promise<readonly DiscoItem[]>
}

/** What other modules may add to the answers. */
export interface DiscoNodes {
  /** @throws Error when the node is taken. */
  addNode(node: string, answers: DiscoNode): () => void
  /** Adds nodes whose names are not known before: the first function that knows a node answers for it. */
  addNodes(find: (node: string) => DiscoNode | undefined): () => void
  /** What the server tells about itself, and a number that changes with it. */
  serverInfo(): { readonly info: DiscoInfo; readonly revision: number }
  /** Adds a data form to the server's own answer (XEP-0128). */
  addExtension(form: () => Element): () => void
}

export const discoNodes: Service<DiscoNodes> = defineService('disco')
