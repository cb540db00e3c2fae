/** The chat formats for programs, without a plugin around them: renderers, and conversations shown as a model sees them. */
export { loads as parseJson } from './python/json-parser.js';
export { rendererNames } from './renderer-names.js';
export { createChatRenderer } from './renderers.js';
export { compareWithTemplate, type ComparisonRequest, type TemplateComparison } from './template/compare.js';
export { formatView, type TextOptions } from './view/text.js';
export {
  type ConversationView,
  type SequenceView,
  type TemplateView,
  type TokenView,
  viewConversation,
  type ViewRequest,
} from './view/view.js';
