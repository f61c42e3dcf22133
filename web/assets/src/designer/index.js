// The designer: the modeler, its properties panel, simulation, linting and comparison.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from 'bpmn-js-properties-panel';
import MinimapModule from 'diagram-js-minimap';
import TokenSimulationModule from 'bpmn-js-token-simulation';
import LintModule from 'bpmn-js-bpmnlint';
import ColorPickerModule from 'bpmn-js-color-picker';
import { diff } from 'bpmn-js-differ';
import { BpmnModdle } from 'bpmn-moddle';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-bpmnlint/dist/assets/css/bpmn-js-bpmnlint.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import './theme.css';
import { houseColors } from '../colors.js';
import { translator } from './chinese.js';
import { lintConfig } from './lint.js';
import moddle from './moddle.json';
import { HouseModule } from './provider.js';

const EMPTY = { forms: [], operators: [], completions: [], prefills: [], decisions: [], roles: [], processes: [] };

/**
 * A modeler in `canvas` with its panel in `panel`. `catalogue` holds what may be chosen: lists of {value, label}, and
 * `operators` as {id, label, parameters: [{id, type, value}]}.
 */
function create({ canvas, panel, language = 'zh', catalogue = {}, simulation = true }) {
  return new BpmnModeler({
    container: canvas,
    propertiesPanel: { parent: panel },
    linting: { bpmnlint: lintConfig, active: true },
    bpmnRenderer: houseColors,
    catalogue: { ...EMPTY, ...catalogue },
    moddleExtensions: { spiffworkflow: moddle },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      HouseModule,
      MinimapModule,
      LintModule,
      ColorPickerModule,
      translator(language),
      ...(simulation ? [TokenSimulationModule] : [])
    ]
  });
}

async function parse(xml) {
  return (await new BpmnModdle({ spiffworkflow: moddle }).fromXML(xml)).rootElement;
}

/** What changed between two diagrams: lists of element ids. */
async function compare(before, after) {
  const found = diff(await parse(before), await parse(after));
  return {
    added: Object.keys(found._added),
    removed: Object.keys(found._removed),
    changed: Object.keys(found._changed),
    layout: Object.keys(found._layoutChanged)
  };
}

window.JzDesigner = { create, compare };
