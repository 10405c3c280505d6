// What a served lab tells while it runs, whatever the protocol.
import type {ActiveTransfer, TransferEvent} from '../bootfiles/transfer-event.js'
import type {Dhcp4Event} from '../dhcp4/event.js'

/** Something happened. */
export type ServeEvent = TransferEvent | Dhcp4Event

/** Something is going on. */
export type ServedTransfer = ActiveTransfer
