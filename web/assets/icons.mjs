// The icons that pages show, by their lucide names; each becomes one symbol of the sprite.
export const ICONS = [
  'activity', 'archive', 'arrow-left', 'arrow-right', 'arrow-up', 'arrow-down', 'banknote', 'bell', 'book-open', 'briefcase',
  'building-2', 'calendar', 'calendar-clock', 'check', 'chevron-down', 'chevron-left', 'chevron-right', 'chevron-up', 'circle',
  'circle-alert', 'circle-check', 'circle-dot', 'circle-help', 'circle-x', 'clipboard-list', 'clock', 'code', 'copy', 'database',
  'download', 'ellipsis', 'external-link', 'eye', 'fast-forward', 'file', 'file-check', 'file-pen', 'file-text', 'folder',
  'folder-open', 'gavel', 'git-compare', 'hash', 'history', 'inbox', 'info', 'keyboard', 'landmark', 'languages', 'layers', 'link',
  'list', 'lock', 'log-in', 'log-out', 'mail', 'maximize', 'menu', 'message-square', 'minus', 'moon', 'package', 'paperclip',
  'pen-line', 'pencil', 'phone', 'play', 'plus', 'printer', 'receipt', 'redo-2', 'refresh-cw', 'rocket', 'rotate-ccw', 'save', 'scale',
  'search', 'send', 'settings', 'shield', 'shield-alert', 'shield-check', 'shield-x', 'sliders-horizontal', 'square-pen', 'stamp',
  'star', 'table', 'timer', 'trash-2', 'triangle-alert', 'undo-2', 'upload', 'user', 'user-check', 'user-plus', 'users', 'workflow',
  'x', 'zap', 'zoom-in', 'zoom-out'
];
