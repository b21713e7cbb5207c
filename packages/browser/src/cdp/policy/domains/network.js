import { request } from '../limits.js';
/** What pages load, and what they store. */
export const NETWORK = {
    BackgroundService: {
        passes: 'clearEvents setRecording startObserving stopObserving',
    },
    CacheStorage: {
        passes: 'deleteCache deleteEntry requestCacheNames requestCachedResponse requestEntries',
    },
    DOMStorage: {
        passes: 'clear disable enable getDOMStorageItems removeDOMStorageItem setDOMStorageItem',
    },
    Fetch: {
        passes: `
      continueResponse continueWithAuth disable enable failRequest fulfillRequest getResponseBody takeResponseBodyAsStream`,
        decided: {
            continueRequest: request,
        },
    },
    FileSystem: {
        passes: 'getDirectory',
    },
    IndexedDB: {
        passes: `
      clearObjectStore deleteDatabase deleteObjectStoreEntries disable enable getMetadata requestData requestDatabase
      requestDatabaseNames`,
    },
    Network: {
        passes: `
      canClearBrowserCache canClearBrowserCookies canEmulateNetworkConditions clearBrowserCache clearBrowserCookies
      configureDurableMessages deleteCookies deleteDeviceBoundSession disable emulateNetworkConditions emulateNetworkConditionsByRule
      enable enableDeviceBoundSessions enableReportingApi fetchSchemefulSite getAllCookies getCertificate getCookies getRequestPostData
      getResponseBody getSecurityIsolationStatus overrideNetworkState replayXHR searchInResponseBody setAttachDebugStack setBlockedURLs
      setBypassServiceWorker setCacheDisabled setCookie setCookieControls setCookies setExtraHTTPHeaders setUserAgentOverride
      streamResourceContent`,
        decided: {
            loadNetworkResource: request,
        },
    },
    Preload: {
        passes: 'disable enable',
    },
    Security: {
        passes: 'disable enable handleCertificateError setIgnoreCertificateErrors setOverrideCertificateErrors',
    },
    ServiceWorker: {
        passes: `
      deliverPushMessage disable dispatchPeriodicSyncEvent dispatchSyncEvent enable setForceUpdateOnPageLoad skipWaiting startWorker
      stopAllWorkers stopWorker unregister updateRegistration`,
    },
    Storage: {
        passes: `
      clearCookies clearDataForOrigin clearDataForStorageKey clearPrivateVerificationTokens clearTrustTokens
      deletePrivateVerificationToken deleteStorageBucket getCookies getPrivateVerificationTokens
      getPrivateVerificationTokensIssuerConfigs getStorageKey getStorageKeyForFrame getTrustTokens getUsageAndQuota
      overrideQuotaForOrigin runBounceTrackingMitigations setCookies setPrivateVerificationTokensTracking setStorageBucketTracking
      trackCacheStorageForOrigin trackCacheStorageForStorageKey trackIndexedDBForOrigin trackIndexedDBForStorageKey
      untrackCacheStorageForOrigin untrackCacheStorageForStorageKey untrackIndexedDBForOrigin untrackIndexedDBForStorageKey`,
    },
};
//# sourceMappingURL=network.js.map