export { type RenderingVariant, renderingOf, renderingVariants } from './variants.js';
