import { allRefused, limited, PASS, refused } from '../decision.js';
import { browserContext, downloadBehavior, newTab, tracing } from '../limits.js';
/** The browser, its targets, and what it has in common with the host. */
export const BROWSER = {
    // Devices that are made up; those of the host are out of reach.
    BluetoothEmulation: {
        passes: `
      addCharacteristic addDescriptor addService disable enable removeCharacteristic removeDescriptor removeService
      setSimulatedCentralState simulateAdvertisement simulateCharacteristicOperationResponse simulateDescriptorOperationResponse
      simulateGATTDisconnection simulateGATTOperationResponse simulatePreconnectedPeripheral`,
    },
    Browser: {
        passes: `
      addMockCamera addPrivacySandboxEnrollmentOverride cancelDownload getGlobalPrivacyControl getHistogram getHistograms getVersion
      getWindowBounds getWindowForTarget grantPermissions resetPermissions setContentsSize setGlobalPrivacyControl setPermission
      setWindowBounds`,
        decided: {
            setDownloadBehavior: downloadBehavior,
            close: limited('ends only the connection that asks, since others may use the browser; delete it over the API', () => ({
                kind: 'leave',
            })),
            crash: refused('it would crash the browser; close it over the API instead'),
            crashGpuProcess: refused('it would crash the GPU process, on which all tabs depend'),
            getBrowserCommandLine: refused('the command line names directories of the host'),
            setDockTile: refused('it changes the desktop of the host'),
            executeBrowserCommand: refused("it opens parts of the browser's own interface, which may do what no page may"),
        },
    },
    Cast: {
        decided: allRefused('disable enable setSinkToUse startDesktopMirroring startTabMirroring stopCasting', "it looks for devices on the host's network and sends to them"),
    },
    DeviceAccess: {
        passes: 'cancelPrompt disable enable',
        decided: {
            selectPrompt: refused('it would give a page a device of the host'),
        },
    },
    DigitalCredentials: {
        passes: 'setVirtualWalletBehavior',
    },
    Extensions: {
        decided: allRefused('clearStorageItems getExtensions getStorageItems loadUnpacked removeStorageItems setStorageItems triggerAction uninstall', 'extensions come from directories of the host and may do what no page may; a browser has none'),
    },
    FedCm: {
        passes: 'clickDialogButton disable dismissDialog enable openUrl resetCooldown selectAccount',
    },
    HeadlessExperimental: {
        passes: 'beginFrame disable enable',
    },
    // Streams that clients of this browser have asked for, by handles that no page knows: none of them is of a path.
    IO: {
        passes: 'close read resolveBlob',
    },
    Inspector: {
        passes: 'disable enable',
    },
    Memory: {
        passes: `
      forciblyPurgeJavaScriptMemory getDOMCounters getDOMCountersForLeakDetection prepareForLeakDetection
      setPressureNotificationsSuppressed simulatePressureNotification startSampling stopSampling`,
        decided: allRefused('getAllTimeSamplingProfile getBrowserSamplingProfile getSamplingProfile', 'it tells where the libraries lie in the memory of the browser, which is of use to attackers alone'),
    },
    PWA: {
        decided: allRefused('changeAppUserSettings getOsAppState install launch launchFilesInApp openCurrentPageInApp uninstall', 'apps are installed into the host; use the page in a tab'),
    },
    Schema: {
        passes: 'getDomains',
    },
    SmartCardEmulation: {
        passes: `
      disable enable reportBeginTransactionResult reportConnectResult reportDataResult reportError reportEstablishContextResult
      reportGetStatusChangeResult reportListReadersResult reportPlainResult reportReleaseContextResult reportStatusResult`,
    },
    SystemInfo: {
        passes: 'getFeatureState',
        decided: {
            getInfo: refused("it tells of the host's hardware, and the command line, which names directories of the host"),
            getProcessInfo: refused('it tells of processes of the host'),
        },
    },
    Target: {
        passes: `
      activateTarget attachToBrowserTarget attachToTarget autoAttachRelated closeTarget detachFromTarget disposeBrowserContext
      getBrowserContexts getDevToolsTarget getTargetInfo getTargets setAutoAttach setDiscoverTargets`,
        decided: {
            exposeDevToolsProtocol: refused('it would give a page a debugging connection that nobody can see'),
            createBrowserContext: browserContext,
            createTarget: newTab,
            // Judged by what is inside (judge.ts).
            sendMessageToTarget: limited('the command inside is held to the same rules', () => PASS),
            setRemoteLocations: refused('it would make the browser connect elsewhere'),
            openDevTools: refused('the developer tools are a page of the browser itself, which may read files of the host; use this connection'),
        },
    },
    Tethering: {
        decided: allRefused('bind unbind', 'it opens ports on the host'),
    },
    Tracing: {
        passes: 'end getCategories getTrackEventDescriptor recordClockSyncMarker requestMemoryDump',
        decided: {
            start: tracing,
        },
    },
    WebAuthn: {
        passes: `
      addCredential addVirtualAuthenticator clearCredentials disable enable getCredential getCredentials removeCredential
      removeVirtualAuthenticator setAutomaticPresenceSimulation setCredentialProperties setResponseOverrideBits setUserVerified`,
    },
};
//# sourceMappingURL=browser.js.map