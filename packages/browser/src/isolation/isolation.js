export {};
//# sourceMappingURL=isolation.js.map