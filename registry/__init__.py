"""The records of physicians and how they change: one truth, thirteen applications, two reviews.

    record       what is registered: people's qualifications, practice records, filings, bars
    periods      working days, periods of years, the day in China
    forms        the fields of an application and how an answer is read
    rules        why an application may not be made or approved
    effects      what an approval changes
    kinds        the table of the thirteen kinds of application
    workflow     the life of one application, the same for all kinds
    credentials  which credentials a dossier calls for, and the orders that bring them about
    search       the keys under which names are found
    messages     every reason and notice in Chinese and English

These know no database, no web and no clock. `models`, `store`, `ledger`, `queues`, `checkup` and
`migrations` hold the database; `desk` ties both together, one transaction for each use case.
"""
