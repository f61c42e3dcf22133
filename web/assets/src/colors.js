// Diagrams in the house's colours, light and dark.
export const houseColors = {
  defaultFillColor: 'var(--surface)',
  defaultStrokeColor: 'var(--text-2)',
  defaultLabelColor: 'var(--text)'
};
