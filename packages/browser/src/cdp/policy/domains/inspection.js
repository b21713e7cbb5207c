/** What scripts do, and how well: nothing here reaches further than the page it is asked of. */
export const INSPECTION = {
    Audits: {
        passes: 'checkFormsIssues disable enable getEncodedResponse',
    },
    Console: {
        passes: 'clearMessages disable enable',
    },
    CrashReportContext: {
        passes: 'getEntries',
    },
    Debugger: {
        passes: `
      continueToLocation disable disassembleWasmModule enable evaluateOnCallFrame getPossibleBreakpoints getScriptSource getStackTrace
      getWasmBytecode nextWasmDisassemblyChunk pause pauseOnAsyncCall removeBreakpoint restartFrame resume searchInContent
      setAsyncCallStackDepth setBlackboxExecutionContexts setBlackboxPatterns setBlackboxedRanges setBreakpoint setBreakpointByUrl
      setBreakpointOnFunctionCall setBreakpointsActive setInstrumentationBreakpoint setPauseOnExceptions setReturnValue setScriptSource
      setSkipAllPauses setVariableValue stepInto stepOut stepOver`,
    },
    EventBreakpoints: {
        passes: 'disable removeInstrumentationBreakpoint setInstrumentationBreakpoint',
    },
    HeapProfiler: {
        passes: `
      addInspectedHeapObject collectGarbage disable enable getHeapObjectId getObjectByHeapObjectId getSamplingProfile startSampling
      startTrackingHeapObjects stopSampling stopTrackingHeapObjects takeHeapSnapshot`,
    },
    Log: {
        passes: 'clear disable enable startViolationsReport stopViolationsReport',
    },
    Performance: {
        passes: 'disable enable getMetrics setTimeDomain',
    },
    PerformanceTimeline: {
        passes: 'enable',
    },
    Profiler: {
        passes: `
      disable enable getBestEffortCoverage setSamplingInterval start startPreciseCoverage stop stopPreciseCoverage takePreciseCoverage`,
    },
    Runtime: {
        passes: `
      addBinding awaitPromise callFunctionOn compileScript disable discardConsoleEntries enable evaluate getExceptionDetails
      getHeapUsage getIsolateId getProperties globalLexicalScopeNames queryObjects releaseObject releaseObjectGroup removeBinding
      runIfWaitingForDebugger runScript setAsyncCallStackDepth setCustomObjectFormatterEnabled setMaxCallStackSizeToCapture
      terminateExecution`,
    },
};
//# sourceMappingURL=inspection.js.map