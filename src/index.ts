// The library's front door: every operation of the command line, the values they take, and the languages they speak.
// docs/library.md says how they are used.

// Errors: one class; `code` and `exitCode` are the promises of the command line.
export {errorJson, exitCodes, PxectlError, type ErrorJson, type ErrorKind} from './errors.js'

// Values: parsed once, then trusted.
export {findIpv4, parseIpv4, parseRange, parseSubnet, type Ipv4, type Ipv4Range, type Subnet} from './net/ipv4.js'
export {findMac, parseHostMac, parseMac, type Mac} from './net/mac.js'
export {parseHostname, type Hostname} from './net/hostname.js'

// A lab: made, opened, its settings.
export {initLab, listInterfaceAddresses, type Initialised, type InitOptions} from './operations/init-lab.js'
export {openLab, type Lab, type OpenLabOptions} from './lab/open-lab.js'
export {labAt, realWorld} from './lab/real-world.js'
export {loopbackValues, type InitValues} from './lab/init-values.js'
export type {Settings} from './lab/settings.js'
export type {SettingName} from './lab/setting-table.js'
export {recoverLab} from './operations/recover-lab.js'
export {getSetting, listSettings, setSetting, type SettingChange, type SettingLine} from './operations/edit-settings.js'

// Hosts.
export {addHost, type AddHostOptions, type NewHost} from './operations/add-host.js'
export type {Changed, ChangeOptions, LabPlan} from './operations/change-lab.js'
export {exportHosts, type Exported} from './operations/export-hosts.js'
export {freeHost} from './operations/free-host.js'
export {chooseMacs} from './operations/choose-host-values.js'
export {makeHostToken, type HostToken, type MakeTokenOptions} from './operations/host-token.js'
export {hostAnswer, hostsAnswer, type HostAnswer, type HostsAnswer} from './operations/host-answer.js'
export {importHosts, type Imported, type ImportOptions} from './operations/import-hosts.js'
export {listHosts, showHost, type HostJson} from './operations/list-hosts.js'
export {listUnknownClients, type UnknownClientJson} from './operations/list-unknown-clients.js'
export {pingHosts, type PingedHost, type PingOptions} from './operations/ping-hosts.js'
export {removeHosts} from './operations/remove-hosts.js'
export {setHost, type HostUpdate, type SetHostOptions} from './operations/set-host.js'
export {wakeHosts, type WakeAnswer, type WakeOptions, type WokenHost} from './operations/wake-hosts.js'

// The DHCP server.
export {applyDhcp, diffDhcp, type DhcpDifference} from './operations/apply-dhcp.js'
export {checkDhcp, type CheckOptions, type Finding} from './operations/check-dhcp.js'
export {migrateDhcp, type Migrated, type MigrateOptions} from './operations/migrate-dhcp.js'
export {restartDhcp} from './operations/restart-dhcp.js'
export {listDhcpBackups, rollbackDhcp, type RollbackOptions, type RolledBack} from './operations/rollback-dhcp.js'
export {showDhcp, type ShownDhcp} from './operations/show-dhcp.js'

// Boot loaders, images, menus.
export {installLoaders, type InstallLoadersOptions} from './operations/install-loaders.js'
export {listLoaders, type LoaderRow} from './operations/list-loaders.js'
export {addImage, type AddedImage, type AddImageOptions} from './operations/add-image.js'
export {type NewImage} from './operations/new-image.js'
export {listImages} from './operations/list-images.js'
export {removeImage, type RemoveImageOptions} from './operations/remove-image.js'
export {showImage, type ShownImage} from './operations/show-image.js'
export {verifyImages, type VerifiedImage} from './operations/verify-image.js'
export {menuFormats, showMenu} from './operations/show-menu.js'
export {showTemplate, type MenuFormat, type ShownTemplate} from './operations/show-template.js'

// PXE filesystems.
export {createRoot, type CreatedRoot, type CreateRootOptions} from './operations/create-root.js'
export {exportRoot, type ExportedRoot, type ExportRootOptions} from './operations/export-root.js'
export {importRoot, type ImportedRoot, type ImportRootOptions} from './operations/import-root.js'
export {listRoots, type ListedRoots} from './operations/list-roots.js'
export {removeRoot, removeTemplate, type RemovedRoot, type RemovedTemplate, type RemoveRootOptions} from './operations/remove-root.js'
export {shareRoots, type Shared} from './operations/share-roots.js'
export {showRoot, type ShownRoot} from './operations/show-root.js'
export {updateRoot, type UpdatedRoot, type UpdateRootOptions} from './operations/update-root.js'

// Physical machines and virtual ones.
export {listMachines, removeMachines, showMachine, type MachineJson} from './operations/list-machines.js'
export {probeMachines, type ProbedMachines, type ProbeMachinesOptions} from './operations/probe-machines.js'
export {referMachine} from './operations/refer-machine.js'
export {createVm, type CreatedVm, type CreateVmOptions} from './operations/create-vm.js'
export {type NewVm} from './operations/new-vm.js'
export {listVms, showVm, type FoundVms, type VmFilter} from './operations/list-vms.js'
export type {VmJson} from './operations/vm-json.js'
export {runVms, type RanVms, type RunVmsOptions, type VmWork} from './operations/run-vms.js'
export {syncVms, type SyncedVms, type SyncVmsOptions} from './operations/sync-vms.js'

// Serving, and why a machine boots or not.
export {serveLab, type ServeEvent, type ServeOptions, type Serving} from './operations/serve.js'
export {makeServiceUnit, type ServiceUnit, type ServiceUnitOptions} from './operations/service-unit.js'
export {makeWebToken, removeWebAccess, setWebPassword, type WebAccess, type WebAccessOptions} from './operations/web-access.js'
export {bootTestLab, bootTestLabInVm, type BootTestLabOptions} from './operations/boot-test-lab.js'
export {type BootTestResult, type BootTestStep, type TestFirmware} from './operations/boot-test.js'
export {examineLab, type Examination, type ExamineOptions} from './operations/examine-lab.js'
export {mendLab, type Mended} from './operations/mend-lab.js'
export {explainBoot, type Explanation, type ExplainOptions} from './operations/explain-boot.js'
export {explainScreen, type ScreenFinding} from './operations/explain-screen.js'
export {readEvents, type EventsAnswer, type ReadEventsOptions} from './operations/read-events.js'

// Whole labs from one file.
export {planLabFile, type LabFilePlan} from './operations/plan-lab-file.js'
export {downLabFile, upLabFile} from './operations/up-lab-file.js'
export {type ChangeOutcome, type UpOptions, type UpResult} from './operations/carry-out-parts.js'
export {labFileStatus, type LabStatus} from './operations/lab-file-status.js'
export {exportLab, type ExportedLab} from './operations/export-lab.js'
export {type LabFileRequest} from './operations/open-lab-file.js'

// Languages: pure, text in and out.
export {parseDhcpdConf} from './dhcpd-conf/parse.js'
export {applySplices, type Splice} from './dhcpd-conf/splice.js'
export {renderGrub} from './boot/grub.js'
export {renderIpxe} from './boot/ipxe.js'
export {renderMenuLst} from './boot/menu-lst.js'
export {renderPxelinux} from './boot/pxelinux.js'
export {hostMenu, defaultMenu, type BootContext, type BootHost, type BootMenu} from './boot/menu.js'
