// All rules over one boot. Pure.
import {bootStateOf, type BootExpectation} from './boot-state.js'
import type {BootEvent} from './boot-event.js'
import type {BootCase, Certainty, Finding, LabFacts, Rule} from './finding.js'
import {lastBoot} from './last-boot.js'
import {foreignRule, noFileRule, otherAddressRule, refusedRule, unansweredRule} from './rules-dhcp.js'
import {brokenTransferRule, missingConfigRule, missingFileRule, silentSystemRule, waitingMenuRule} from './rules-files.js'
import {ldlinuxRule, loopRule, missingLoaderRule, silentLoaderRule, wrongFirmwareRule} from './rules-loader.js'
import {strangerRule, unseenRule} from './rules-unseen.js'

/** In the order of a boot; among equally certain ones the first counts most. */
const RULES: readonly Rule[] = [
  strangerRule,
  unseenRule,
  refusedRule,
  foreignRule,
  unansweredRule,
  noFileRule,
  missingLoaderRule,
  wrongFirmwareRule,
  loopRule,
  ldlinuxRule,
  silentLoaderRule,
  missingConfigRule,
  missingFileRule,
  brokenTransferRule,
  waitingMenuRule,
  silentSystemRule,
  otherAddressRule,
]

const ORDER: Readonly<Record<Certainty, number>> = {certain: 0, likely: 1, possible: 2}

/** `events`: all that are kept of the machine, oldest first. The most certain findings come first; a machine that is up has none. */
export function explainEvents(
  events: readonly BootEvent[],
  facts: LabFacts,
  expectation: BootExpectation,
): BootCase & {readonly findings: readonly Finding[]} {
  const state = bootStateOf(events, facts.nowMs, expectation)
  const given: BootCase = {boot: lastBoot(events), events, state, facts}
  const findings = state.condition === 'up' ? [] : RULES.flatMap((rule) => rule(given))
  return {...given, findings: findings.toSorted((a, b) => ORDER[a.certainty] - ORDER[b.certainty])}
}
