export { ClientError, type ConnectionState } from '@parlour/client-core'
export { type Component, createComponent } from './create-component.ts'
export { type ComponentOptions, DEFAULT_COMPONENT_PORT } from './options.ts'
