// Makes the saved search "Supplier Status of Purchase Orders". Paste it into Customization > Scripting > Script Debugger
// (API version 2.1, Debug Script) and run it once, after the custom fields are there.
require(['N/search'], (search) => {
  const id = search.create({
    type: search.Type.PURCHASE_ORDER,
    title: 'Supplier Status of Purchase Orders',
    id: 'customsearch_cp_supplier_status',
    isPublic: true,
    filters: [
      ['mainline', 'is', 'F'], 'and',
      ['taxline', 'is', 'F'], 'and',
      ['custcol_cp_status', 'isnotempty', ''],
    ],
    columns: [
      search.createColumn({ name: 'trandate', sort: search.Sort.DESC }),
      'tranid', 'entity', 'status', 'custbody_cp_confirmation_number', 'custbody_cp_ship_date', 'custbody_cp_tracking_numbers',
      'item', 'quantity', 'custcol_cp_status', 'custcol_cp_confirmed_quantity', 'custcol_cp_confirmed_price',
      'custcol_cp_shipped_quantity', 'expectedreceiptdate', 'custcol_cp_comments',
    ],
  }).save();
  log.audit('saved search', id);
});
