import { refused } from '../decision.js';
import { drag, filesOfInput, key, navigation, pageDownloadBehavior } from '../limits.js';
/** What is in a page, and what is done to it. */
export const PAGE = {
    Accessibility: {
        passes: 'disable enable getAXNodeAndAncestors getChildAXNodes getFullAXTree getPartialAXTree getRootAXNode queryAXTree',
    },
    Ads: {
        passes: 'getAdMetrics getAdScripts',
    },
    Animation: {
        passes: `
      disable enable getCurrentTime getPlaybackRate releaseAnimations resolveAnimation seekAnimations setPaused setPlaybackRate
      setTiming`,
    },
    Autofill: {
        passes: 'disable enable setAddresses trigger',
    },
    CSS: {
        passes: `
      addRule collectClassNames createStyleSheet disable enable forcePseudoState forceStartingStyle getAnimatedStylesForNode
      getBackgroundColors getComputedStyleForNode getEnvironmentVariables getInlineStylesForNode getLayersForNode getLocationForSelector
      getLonghandProperties getMatchedStylesForNode getMediaQueries getPlatformFontsForNode getStyleSheetText resolveValues
      setContainerQueryConditionText setContainerQueryText setEffectivePropertyValueForNode setKeyframeKey setLocalFontsEnabled
      setMediaText setNavigationText setPropertyRulePropertyName setRuleSelector setScopeText setStyleSheetText setStyleTexts
      setSupportsText startRuleUsageTracking stopRuleUsageTracking takeComputedStyleUpdates takeCoverageDelta trackComputedStyleUpdates
      trackComputedStyleUpdatesForNode`,
    },
    DOM: {
        passes: `
      clearTextMarkers collectClassNamesFromSubtree copyTo describeNode disable discardSearchResults enable focus forceShowInterest
      forceShowPopover getAnchorElement getAttributes getBoxModel getContainerForNode getContentQuads getDetachedDomNodes getDocument
      getElementByRelation getFlattenedDocument getFrameOwner getImplicitAnchorCandidates getNodeForLocation getNodeStackTraces
      getNodesForSubtreeByStyle getOuterHTML getQueryingDescendantsForContainer getRelayoutBoundary getSearchResults getTopLayerElements
      hideHighlight highlightNode highlightRect markUndoableState moveTo performSearch pushNodeByPathToFrontend
      pushNodesByBackendIdsToFrontend querySelector querySelectorAll redo removeAttribute removeNode requestChildNodes requestNode
      resolveNode scrollIntoViewIfNeeded setAttributeValue setAttributesAsText setInspectedNode setNodeName setNodeStackTracesEnabled
      setNodeValue setOuterHTML setTextMarker undo`,
        decided: {
            setFileInputFiles: filesOfInput,
            getFileInfo: refused('it tells where on the host a file lies'),
        },
    },
    DOMDebugger: {
        passes: `
      getEventListeners removeDOMBreakpoint removeEventListenerBreakpoint removeInstrumentationBreakpoint removeXHRBreakpoint
      setBreakOnCSPViolation setDOMBreakpoint setEventListenerBreakpoint setInstrumentationBreakpoint setXHRBreakpoint`,
    },
    DOMSnapshot: {
        passes: 'captureSnapshot disable enable getSnapshot',
    },
    DeviceOrientation: {
        passes: 'clearDeviceOrientationOverride setDeviceOrientationOverride',
    },
    Emulation: {
        passes: `
      addScreen canEmulate clearDeviceMetricsOverride clearDevicePostureOverride clearDisplayFeaturesOverride clearGeolocationOverride
      clearIdleOverride getOverriddenSensorInformation getScreenInfos removeScreen resetPageScaleFactor setAutoDarkModeOverride
      setAutomationOverride setCPUPerformanceOverride setCPUThrottlingRate setDataSaverOverride setDefaultBackgroundColorOverride
      setDeviceMetricsOverride setDevicePostureOverride setDisabledImageTypes setDisplayFeaturesOverride setDocumentCookieDisabled
      setEmitTouchEventsForMouse setEmulatedMedia setEmulatedOSTextScale setEmulatedVisionDeficiency setFocusEmulationEnabled
      setGeolocationOverride setHardwareConcurrencyOverride setIdleOverride setLocaleOverride setNavigatorOverrides setPageScaleFactor
      setPressureSourceOverrideEnabled setPressureStateOverride setPrimaryScreen setSafeAreaInsetsOverride setScriptExecutionDisabled
      setScrollbarsHidden setSensorOverrideEnabled setSensorOverrideReadings setSmallViewportHeightDifferenceOverride
      setTimezoneOverride setTouchEmulationEnabled setUserAgentOverride setVirtualKeyboardGeometryOverride setVirtualTimePolicy
      setVisibleSize updateScreen`,
    },
    FindInPage: {
        passes: 'findFirst findNext findPrev stop',
    },
    Input: {
        passes: `
      cancelDragging dispatchMouseEvent dispatchTouchEvent emulateTouchFromMouseEvent imeSetComposition insertText setIgnoreInputEvents
      setInterceptDrags synthesizePinchGesture synthesizeScrollGesture synthesizeTapGesture`,
        decided: {
            dispatchDragEvent: drag,
            dispatchKeyEvent: key,
        },
    },
    LayerTree: {
        passes: `
      compositingReasons disable enable loadSnapshot makeSnapshot profileSnapshot releaseSnapshot replaySnapshot snapshotCommandLog`,
    },
    Media: {
        passes: 'disable enable',
    },
    Overlay: {
        passes: `
      disable enable getGridHighlightObjectsForTest getHighlightObjectForTest getSourceOrderHighlightObjectForTest hideHighlight
      highlightFrame highlightNode highlightQuad highlightRect highlightSourceOrder setInspectMode setPausedInDebuggerMessage
      setShowAdHighlights setShowContainerQueryOverlays setShowDebugBorders setShowDisplayCutout setShowFPSCounter setShowFlexOverlays
      setShowGridOverlays setShowHinge setShowHitTestBorders setShowInspectedElementAnchor setShowIsolatedElements
      setShowLayoutShiftRegions setShowPaintRects setShowScrollBottleneckRects setShowScrollSnapOverlays setShowViewportSizeOnResize
      setShowWebVitals setShowWindowControlsOverlay`,
    },
    Page: {
        passes: `
      addScriptToEvaluateOnLoad addScriptToEvaluateOnNewDocument bringToFront captureScreenshot captureSnapshot clearCompilationCache
      clearDeviceMetricsOverride clearDeviceOrientationOverride clearGeolocationOverride close crash createIsolatedWorld deleteCookie
      disable enable generateTestReport getAdScriptAncestry getAnnotatedPageContent getAppId getAppManifest getFrameTree
      getInstallabilityErrors getLayoutMetrics getManifestIcons getNavigationHistory getOriginTrials getPermissionsPolicyState
      getResourceContent getResourceTree getSiblingSubApps getSubApps handleJavaScriptDialog navigateToHistoryEntry printToPDF
      produceCompilationCache reload removeScriptToEvaluateOnLoad removeScriptToEvaluateOnNewDocument resetNavigationHistory
      screencastFrameAck searchInResource setAdBlockingEnabled setBypassCSP setDeviceMetricsOverride setDeviceOrientationOverride
      setDocumentContent setFontFamilies setFontSizes setGeolocationOverride setInterceptFileChooserDialog setLifecycleEventsEnabled
      setPrerenderingAllowed setRPHRegistrationMode setSPCTransactionMode setTouchEmulationEnabled setWebLifecycleState
      startScreenRecording startScreencast stopLoading stopScreenRecording stopScreencast waitForDebugger`,
        decided: {
            navigate: navigation,
            setDownloadBehavior: pageDownloadBehavior,
            addCompilationCache: refused('it has the browser run compiled code that nothing checks; let it compile the script'),
        },
    },
    WebAudio: {
        passes: 'disable enable getRealtimeData',
    },
    WebMCP: {
        passes: 'cancelInvocation disable enable invokeTool',
    },
};
//# sourceMappingURL=page.js.map