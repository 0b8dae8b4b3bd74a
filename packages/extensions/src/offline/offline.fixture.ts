import { createMemoryStorage, type Storage } from '@parlour/storage'
import { Scene } from '../scene.fixture.ts'
import { offlineServer } from './server.ts'

const ACCOUNTS = ['romeo@example.com', 'juliet@example.com']
export const open = (settings = {}, storage: Storage = createMemoryStorage()) =>
  Scene.open([offlineServer], { accounts: ACCOUNTS, settings: { offline: settings }, storage })
export const chat = (body: string, to = 'juliet@example.com') =>
  `<message to='${to}' type='chat' id='${body}'><body>${body}</body></message>`
export const stored = (scene: Scene, owner = 'juliet@example.com') =>
  scene.storage.countArchive('offline/messages', owner)
