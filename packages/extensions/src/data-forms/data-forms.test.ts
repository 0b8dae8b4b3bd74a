import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { type DataForm, dataFormElement, findDataForm, formValue, formValues, readDataForm } from './wire.ts'

const form: DataForm = {
  type: 'form',
  formType: 'urn:example',
  title: 'Title',
  instructions: ['one', 'two'],
  fields: [
    {
      name: 'a',
      type: 'list-multi',
      label: 'A',
      description: 'd',
      required: true,
      values: ['1', '2'],
      options: [{ value: '1', label: 'One' }, { value: '2' }],
    },
    { type: 'fixed', values: ['Section'] },
  ],
}

test('XEP-0004 §3: a form goes there and back; XEP-0068: FORM_TYPE is a hidden field', () => {
  const element = dataFormElement(form)
  expect(element.child('field')?.attributes).toMatchObject({ var: 'FORM_TYPE', type: 'hidden' })
  expect(readDataForm(element)).toEqual(form)
})

test('XEP-0004 §3.4: a table goes there and back', () => {
  const table: DataForm = {
    type: 'result',
    fields: [],
    reported: [{ name: 'a', label: 'A', values: [] }],
    items: [[{ name: 'a', values: ['1'] }], [{ name: 'a', values: ['2'] }]],
  }
  expect(readDataForm(dataFormElement(table))).toEqual(table)
})

test('values by name; unknown types are left out', () => {
  const submitted = readDataForm(
    parseXml(
      "<x xmlns='jabber:x:data' type='submit'><field var='a' type='novel'><value>1</value><value>2</value></field><field var='b'/></x>",
    ),
  )
  expect(formValue(submitted, 'a')).toBe('1')
  expect(formValues(submitted, 'a')).toEqual(['1', '2'])
  expect(formValue(submitted, 'b')).toBeUndefined()
  expect(formValues(submitted, 'c')).toEqual([])
  expect(submitted.fields[0]?.type).toBeUndefined()
  expect(findDataForm(parseXml('<a xmlns="urn:a"/>'))).toBeUndefined()
})
